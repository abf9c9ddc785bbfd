// The conductor, stage one: a phase's progress, told while DuckDB works on it.
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { SelectionPhase } from "../job/events.ts";
import type { Database } from "../sql/database.ts";
import type { SelectionJob } from "./selection-job.ts";

const INTERVAL_MS = 250;

/** Where DuckDB spills. */
export function spillFolder({ attempt, resources }: SelectionJob): string {
  return resources.tempDirectory ?? attempt.path("spill");
}

/** Does the work and tells four times a second how far its statement is and how much it has spilled. */
export async function phase<T>(name: SelectionPhase, database: Database, job: SelectionJob, work: () => Promise<T>): Promise<T> {
  const tell = async () => {
    const percentage = Math.max(0, database.progress().percentage);
    job.effects.emit({ event: "selection_progress", phase: name, percentage, spilledBytes: await bytesIn(spillFolder(job)) });
  };
  // Every phase is heard of, however short it is.
  job.effects.emit({ event: "selection_progress", phase: name, percentage: 0, spilledBytes: 0 });
  const ticking = setInterval(() => void tell(), INTERVAL_MS);
  try {
    return await work();
  } finally {
    clearInterval(ticking);
  }
}

async function bytesIn(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const sizes = await Promise.all(names.map((name) => stat(join(folder, name)).catch(() => undefined)));
  return sizes.reduce((sum, entry) => sum + (entry?.size ?? 0), 0);
}
