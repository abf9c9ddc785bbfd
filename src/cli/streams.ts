// The process edge: standard output and standard error of which nobody reads any more, or whose disk is full.

/** The exit code of output that could not be written. */
const OUTPUT_EXIT_CODE = 5;

/**
 * A reader that closes its end, such as `head`, is no failure of a verb that prints; a job takes it for the signal that it
 * is (`SIGPIPE`, which Node hides). A log on a full disk ends nothing; results that could not be written end with 5.
 */
export function watchStreams(): void {
  let isLost = false;
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") {
      if (!process.emit("SIGPIPE", "SIGPIPE")) process.exit();
      return;
    }
    if (!isLost) process.stderr.write(`error: standard output cannot be written: ${error.message}\n`);
    isLost = true;
  });
  process.stderr.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.emit("SIGPIPE", "SIGPIPE");
  });
  process.on("exit", () => {
    if (isLost && !process.exitCode) process.exitCode = OUTPUT_EXIT_CODE;
  });
}
