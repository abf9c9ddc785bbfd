// The conductor, stage one: what a selection has finished of itself, so that a start after a kill goes on from there.
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { bootId } from "../store/boot.ts";
import { type Attempt, otherAttempts } from "../store/commit.ts";
import { syncDirectory, syncFile } from "../store/durable.ts";

/**
 * A folder for the finished intermediate files of one selection, named by its identity: what lies in it under its own name
 * is complete, since it was renamed there after it was synced. It belongs to one start at a time: while another one is
 * at work on the output, and for a query that rolls dice, the folder is one that no other start finds.
 */
export interface WorkFolder {
  /** Where an intermediate file lies once it is finished. */
  path(name: string): string;
  /** The finished intermediate files. */
  readonly finished: ReadonlySet<string>;
  /**
   * The name of the file that holds the whole order. It is as large as the result and lives for a minute, so it is not
   * synced where its name can carry the boot that it belongs to: a kill loses none of it, and after a power cut no start
   * finds it.
   */
  readonly sorted: string;
  /** Gives the file that holds the whole order its name. */
  keepSorted(written: string): Promise<void>;
  /** Gives a finished file its name; `written` is where the attempt wrote and synced it. */
  keep(written: string, name: string): Promise<void>;
  /** Moves the finished partitions into the attempt, which commits them. */
  takePartitions(attempt: Attempt): Promise<void>;
  remove(): Promise<void>;
}

/** Folder of the partitions inside a work folder. */
export const PARTITIONS = "partitions";

/** Opens the work folder of a selection; those of other selections are removed when nobody is at work on them. */
export async function openWorkFolder(output: string, digest: string, isRepeatable: boolean, attempt: Attempt): Promise<WorkFolder> {
  const all = join(output, "_prep", "work");
  // The attempt's folder exists by now, so of two starts at the same moment at least one sees the other.
  const isAlone = (await otherAttempts(output, "selection", attempt.id)).length === 0;
  const folder = isRepeatable && isAlone ? join(all, digest) : attempt.path("work");
  await mkdir(join(folder, PARTITIONS), { recursive: true });
  for (const name of isAlone ? await readdir(all).catch(() => []) : []) {
    if (name !== digest) await rm(join(all, name), { recursive: true, force: true });
  }
  const boot = await bootId();
  const sorted = boot === undefined ? "sorted.parquet" : `sorted-${boot}.parquet`;
  const names = await readdir(folder);
  for (const name of names) if (name.startsWith("sorted") && name !== sorted) await rm(join(folder, name));
  const partitions = (await readdir(join(folder, PARTITIONS))).map((name) => join(PARTITIONS, name));
  // The folders are not synced for each file: a power cut then loses names, never parts of what a name stands for.
  const keep = (written: string, name: string) => rename(written, join(folder, name));
  return {
    path: (name) => join(folder, name),
    finished: new Set([...names, ...partitions]),
    sorted,
    keepSorted: async (written) => {
      if (boot === undefined) await syncFile(written);
      await keep(written, sorted);
    },
    keep,
    takePartitions: async (taker) => {
      await syncDirectory(join(folder, PARTITIONS));
      await rename(join(folder, PARTITIONS), taker.path(PARTITIONS));
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
