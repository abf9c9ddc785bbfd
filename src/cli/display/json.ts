// Shows a run's events as NDJSON on stdout, for programs.
import type { Display } from "./display.ts";

/** Writes every event as one JSON object a line, with its time, and no text for people. */
export function jsonDisplay(write: (line: string) => void): Display {
  return {
    listen: (event) => write(`${JSON.stringify({ time: new Date().toISOString(), ...event })}\n`),
    print: () => undefined,
    end: () => undefined,
  };
}
