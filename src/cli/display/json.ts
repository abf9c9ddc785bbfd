// The process edge: a run's events as NDJSON on stdout, for machines.
import type { RunEvent } from "../../run/events.ts";

/** Prints every event as one JSON object a line. */
export function jsonDisplay(write: (line: string) => void): { listen: (event: RunEvent) => void; end: () => void } {
  return { listen: (event) => write(`${JSON.stringify({ time: new Date().toISOString(), ...event })}\n`), end: () => undefined };
}
