// `prep status`: where a run stands.
import { readStatus, type Status } from "../output/status/status.ts";
import { onOutput } from "./on-output.ts";

export type { PauseNote } from "../output/status/pause-notes.ts";
export type { Status } from "../output/status/status.ts";

/** Reads where a run stands, from its records alone; `now` in milliseconds since 1970. Throws OutputError if the folder is no output. */
export async function outputStatus(output: string, now: number): Promise<Status> {
  return await onOutput(output, () => readStatus(output, now));
}
