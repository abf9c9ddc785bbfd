// The conductor, stage one: what a selection has finished of itself, so that a start after a kill goes on from there.
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { isWorkOf, WORK } from "../output/work-folders.ts";
import { syncDirectory, syncFile } from "../store/local/durable.ts";
import { bootId } from "../store/locks/boot.ts";
import type { Attempt } from "../store/store.ts";
import { storeAt } from "../store/store-at.ts";

/** What the files of a work folder are made by; of two makers the same selection may have two orders. */
export interface Maker {
  /** DuckDB's version, such as `v1.5.5`: the order depends on its hash. */
  readonly engine: string;
  /** Number of the rule for order and cut, `ORDER_FORMAT`. */
  readonly order: number;
}

/**
 * A folder for the finished intermediate files of one selection, named by its identity and its maker: what lies in it under
 * its own name is complete, since it was renamed there after it was synced. All partitions in it are of one result: of a
 * selection that is repeatable, or of the file, `selected` or `sorted`, that holds the result and lies beside them. It
 * belongs to one start at a time: while another one is at work on the output, the folder is one that no other start finds.
 */
export interface WorkFolder {
  /** Where an intermediate file lies once it is finished. */
  path(name: string): string;
  /** The finished intermediate files. */
  readonly finished: ReadonlySet<string>;
  /**
   * The name of the file that holds the rows as the query gave them. This one and `sorted` are as large as the result and
   * live for a minute, so they are not synced where their names can carry the boot that they belong to: a kill loses none
   * of them, and after a power cut no start finds them.
   */
  readonly selected: string;
  /** The name of the file that holds the rows in their order. */
  readonly sorted: string;
  /** Gives a file that holds the whole result its name, `selected` or `sorted`. */
  keepWhole(written: string, name: string): Promise<void>;
  /** Gives a finished file its name; `written` is where the attempt wrote and synced it. */
  keep(written: string, name: string): Promise<void>;
  /** Moves the finished partitions into the attempt, which commits them. */
  takePartitions(attempt: Attempt): Promise<void>;
  remove(): Promise<void>;
  /** True where another maker had begun this selection; what it left is removed. */
  readonly isBegunAnew: boolean;
}

/** Folder of the partitions inside a work folder. */
export const PARTITIONS = "partitions";

/** Opens the work folder of a selection; those of others are removed when nobody is at work on them. */
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
  // The attempt's folder exists by now, so of two starts at the same moment at least one sees the other.
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
  // Without the result that they were cut from, partitions cannot be completed: a second result would have other rows.
  const isUsable = (name: string) => (name === PARTITIONS ? isRepeatable || wholes.length > 0 : wholes.includes(name));
  for (const name of found) if (!isUsable(name)) await rm(join(folder, name), { recursive: true, force: true });
  await mkdir(join(folder, PARTITIONS), { recursive: true });
  await syncDirectory(folder);
  const partitions = (await readdir(join(folder, PARTITIONS))).map((name) => join(PARTITIONS, name));
  // The folders are not synced for each file: a power cut then loses names, never parts of what a name stands for.
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
