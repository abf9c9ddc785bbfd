// Closed or full standard streams: who hears of them, and the exit code.

/** The exit code of output that could not be written. */
const OUTPUT_EXIT_CODE = 5;

const listeners = new Set<() => void>();

/**
 * Calls the listener when nobody reads standard output or standard error any more. The signal SIGPIPE cannot say this: it
 * also comes when a worker dies, or a server hangs up, while this process writes to it.
 */
export function onReaderGone(listener: () => void): void {
  listeners.add(listener);
}

/**
 * Watches both streams. A reader that closes its end, such as `head`, stops a job and ends other verbs with 0. A log on a
 * full disk ends nothing; results that cannot be written end with exit code 5.
 */
export function watchStreams(): void {
  let isLost = false;
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") {
      if (listeners.size === 0) process.exit();
      for (const listener of listeners) listener();
      return;
    }
    if (!isLost) process.stderr.write(`error: standard output cannot be written: ${error.message}\n`);
    isLost = true;
  });
  process.stderr.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") for (const listener of listeners) listener();
  });
  process.on("exit", () => {
    if (isLost && !process.exitCode) process.exitCode = OUTPUT_EXIT_CODE;
  });
}
