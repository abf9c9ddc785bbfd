// Handles stop signals: the first Ctrl-C ends the run cleanly, the second at once.
import { InterruptedError } from "../core/errors.ts";
import { onReaderGone } from "./streams.ts";

/**
 * Returns a signal that aborts on SIGINT, on SIGTERM, and when nobody reads the output of the run any more. A second SIGINT or
 * SIGTERM exits at once with the signal's code. `say` prints text for people; `cost` gives a clause that says what is lost.
 */
export function stopSignal(say: (text: string) => void, cost: () => string = () => ""): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      const error = new InterruptedError(name, "Start the same command again.");
      if (controller.signal.aborted) process.exit(error.exitCode);
      say(`${name}: stopping; what is committed stays${cost()}. Once more stops at once.`);
      controller.abort(error);
    });
  }
  onReaderGone(() => controller.abort(new InterruptedError("SIGPIPE", "Start the same command again.")));
  return controller.signal;
}
