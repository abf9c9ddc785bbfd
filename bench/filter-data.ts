// The input of bench:filter: LAION-like metadata of any number of rows, made once and kept.
import { existsSync } from "node:fs";
import { readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { writeMetadata } from "../src/demo/write-metadata.ts";
import { Database } from "../src/sql/database.ts";
import { BENCH_FOLDER } from "./surroundings.ts";

const FILES = 10;
const SEED = "bench";
// Raise this when the generator's rows change, so that old rows are not measured.
const GENERATOR = 1;

/** The input of a bench. */
export interface FilterData {
  readonly directory: string;
  readonly files: readonly string[];
  readonly bytes: number;
}

/** The rows in ten snappy files, made if they do not exist yet, and read once so that every side finds them in memory. */
export async function filterData(rows: number): Promise<FilterData> {
  const directory = join(BENCH_FOLDER, `metadata-v${GENERATOR}-${rows}`);
  if (!existsSync(directory)) {
    console.log(`making ${rows.toLocaleString("en")} rows in ${directory} (once)`);
    const unfinished = `${directory}.tmp`;
    await rm(unfinished, { recursive: true, force: true });
    const database = await Database.open({ threads: 2, memoryLimitBytes: 4e9 });
    try {
      await writeMetadata(database, { directory: unfinished, rows, files: FILES, seed: SEED, layout: "wide" });
    } finally {
      database.close();
    }
    await rename(unfinished, directory);
  }
  const files = (await readdir(directory)).sort().map((name) => join(directory, name));
  let bytes = 0;
  for (const file of files) bytes += (await readFile(file)).length;
  return { directory, files, bytes };
}
