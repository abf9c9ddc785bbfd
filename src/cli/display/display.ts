// What every way to show a run has in common.
import type { RunEvent } from "../../job/events.ts";

/** Shows a run to somebody. */
export interface Display {
  readonly listen: (event: RunEvent) => void;
  /** Text for people, on lines of its own. */
  readonly print: (text: string) => void;
  readonly end: () => void;
}
