// A phase of stage one: what it knows of its job, and the progress that it reports.
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Resources, RunEffects, SelectionConfig } from "../job/config.ts";
import type { SelectionPhase } from "../job/events.ts";
import type { Database } from "../sql/database.ts";
import type { Attempt } from "../store/store.ts";

/** What all phases of a selection share. */
export interface SelectionJob {
  readonly config: SelectionConfig;
  readonly samplesPerShard: number;
  readonly output: string;
  readonly resources: Resources;
  readonly attempt: Attempt;
  readonly effects: RunEffects;
}

const PROGRESS_INTERVAL_MS = 250;

/** The folder to which DuckDB spills. */
export function spillFolder({ attempt, resources }: SelectionJob): string {
  return resources.tempDirectory ?? attempt.path("spill");
}

/** Does a phase's work. Four times a second reports how far its statement is and how many bytes DuckDB has spilled. */
export async function runPhase<T>(name: SelectionPhase, database: Database, job: SelectionJob, work: () => Promise<T>): Promise<T> {
  const report = async () => {
    const percentage = Math.max(0, database.progress().percentage);
    job.effects.emit({ event: "selection_progress", phase: name, percentage, spilledBytes: await bytesIn(spillFolder(job)) });
  };
  // At once, so that even a short phase is reported.
  job.effects.emit({ event: "selection_progress", phase: name, percentage: 0, spilledBytes: 0 });
  const reporting = setInterval(() => void report(), PROGRESS_INTERVAL_MS);
  try {
    return await work();
  } finally {
    clearInterval(reporting);
  }
}

async function bytesIn(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const sizes = await Promise.all(names.map((name) => stat(join(folder, name)).catch(() => undefined)));
  return sizes.reduce((sum, entry) => sum + (entry?.size ?? 0), 0);
}
