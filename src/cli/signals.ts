// The process edge: the first Ctrl-C ends the run cleanly, the second at once.
import { InterruptedError } from "../core/errors.ts";

/** A signal that aborts on SIGINT or SIGTERM; a second one exits with the signal's code without waiting for anything. */
export function stopSignal(say: (text: string) => void): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      const error = new InterruptedError(name, "Start the same command again to continue.");
      if (controller.signal.aborted) process.exit(error.exitCode);
      say(`${name}: stopping; what is committed stays. Once more stops at once.`);
      controller.abort(error);
    });
  }
  return controller.signal;
}
