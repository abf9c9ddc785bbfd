// Folder of a selection's finished intermediate files, from which a start after a kill continues.
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { isWorkOf, WORK } from "../output/work-folders.ts";
import { syncDirectory, syncFile } from "../store/local/durable.ts";
import { bootId } from "../store/locks/boot.ts";
import type { Attempt } from "../store/store.ts";
import { storeAt } from "../store/store-at.ts";

/** What made the files of a work folder. Two makers may give the same selection two orders. */
export interface Maker {
  /** DuckDB's version, such as `v1.5.5`. The order depends on its hash function. */
  readonly engine: string;
  /** Version of the rules for order and cut, `ORDER_FORMAT`. */
  readonly order: number;
}

/**
 * The finished intermediate files of one selection. The folder is named by the selection's identity and its maker. Files are renamed
 * into it when they are complete. All its partitions belong to one result: that of a repeatable selection, or the one that the file
 * `selected` or `sorted` beside them holds. One start uses the folder at a time; a second start gets a folder of its own.
 */
export interface WorkFolder {
  /** The path of a finished intermediate file. */
  path(name: string): string;
  /** Names of the finished intermediate files. */
  readonly finished: ReadonlySet<string>;
  /**
   * The name of the file with the rows as the query gave them. This file and `sorted` are as large as the result and exist for a
   * short time, so they are not synced if their names can carry the id of the boot. A kill loses neither, and after a power
   * cut no start finds them.
   */
  readonly selected: string;
  /** The name of the file with the rows in their order. */
  readonly sorted: string;
  /** Gives a file with the whole result its name, `selected` or `sorted`. */
  keepWhole(written: string, name: string): Promise<void>;
  /** Gives a finished file its name. The attempt wrote and synced it at `written`. */
  keep(written: string, name: string): Promise<void>;
  /** Moves the finished partitions into the attempt, which commits them. */
  takePartitions(attempt: Attempt): Promise<void>;
  remove(): Promise<void>;
  /** Whether another maker had begun this selection. Its files are removed. */
  readonly isBegunAnew: boolean;
}

/** The folder of partitions inside a work folder. */
export const PARTITIONS = "partitions";

/** Opens the work folder of a selection. Removes the folders of other selections and makers if no other start is at work. */
export async function openWorkFolder(
  output: string,
  digest: string,
  { engine, order }: Maker,
  isRepeatable: boolean,
  attempt: Attempt,
): Promise<WorkFolder> {
  const store = storeAt(output);
  const all = store.location(WORK);
  const own = `${digest}.duckdb-${engine}.order-${order}`;
  // This attempt's folder exists already, so if two starts come here at once, at least one sees the other.
  const isAlone = (await store.otherAttempts("selection", attempt.id, "selection.json")).length === 0;
  const others = isAlone ? (await readdir(all).catch(() => [])).filter((name) => name !== own) : [];
  for (const name of others) await rm(join(all, name), { recursive: true, force: true });
  const folder = isAlone ? join(all, own) : attempt.path("work");
  await mkdir(folder, { recursive: true });
  const boot = bootId();
  const nameOfWhole = (stem: string) => (boot === undefined ? `${stem}.parquet` : `${stem}-${boot}.parquet`);
  const [selected, sorted] = [nameOfWhole("selected"), nameOfWhole("sorted")];
  const found = await readdir(folder);
  const wholes = found.filter((name) => name === selected || name === sorted);
  // Partitions without the result that they were cut from cannot be completed: a second result may have other rows.
  const isUsable = (name: string) => (name === PARTITIONS ? isRepeatable || wholes.length > 0 : wholes.includes(name));
  for (const name of found) if (!isUsable(name)) await rm(join(folder, name), { recursive: true, force: true });
  await mkdir(join(folder, PARTITIONS), { recursive: true });
  await syncDirectory(folder);
  const partitions = (await readdir(join(folder, PARTITIONS))).map((name) => join(PARTITIONS, name));
  // Folders are not synced after each rename. A power cut may then lose a name, but never a part of a named file.
  const keep = (written: string, name: string) => rename(written, join(folder, name));
  return {
    path: (name) => join(folder, name),
    finished: new Set([...wholes, ...partitions]),
    selected,
    sorted,
    keepWhole: async (written, name) => {
      if (boot === undefined) await syncFile(written);
      await keep(written, name);
    },
    keep,
    takePartitions: async (taker) => {
      await syncDirectory(join(folder, PARTITIONS));
      await rename(join(folder, PARTITIONS), taker.path(PARTITIONS));
    },
    remove: () => rm(folder, { recursive: true, force: true }),
    isBegunAnew: others.some((name) => isWorkOf(name, digest)),
  };
}
