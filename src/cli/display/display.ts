// What every display of a run has in common.
import type { RunEvent } from "../../job/events.ts";

/** Shows a run. */
export interface Display {
  readonly listen: (event: RunEvent) => void;
  /** Text for people, on lines of its own. */
  readonly print: (text: string) => void;
  readonly end: () => void;
}
