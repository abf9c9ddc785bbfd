// The process edge: a run's events as NDJSON on stdout, for machines.
import type { Display } from "./display.ts";

/** Prints every event as one JSON object a line, and nothing else. */
export function jsonDisplay(write: (line: string) => void): Display {
  return {
    listen: (event) => write(`${JSON.stringify({ time: new Date().toISOString(), ...event })}\n`),
    print: () => undefined,
    end: () => undefined,
  };
}
