// Reads the webdataset output of either tool, one entry for each input row.
import { basename, join } from "node:path";
import type { ColumnType, JsonRow } from "../../../src/sql/database.ts";
import { quoteText } from "../../../src/sql/text.ts";
import { loadedSamples } from "../output.ts";
import { openTestDatabase } from "../parquet.ts";

/** What a tool recorded and stored for one input row. */
export interface Entry {
  /** Its row in the parquet file beside the shard. */
  readonly row: JsonRow;
  /** Members of its sample in their order, by extension; undefined if there is no sample. */
  readonly members: ReadonlyMap<string, Buffer> | undefined;
}

/** A tool's output. */
export interface Output {
  readonly columns: readonly ColumnType[];
  /** By the last part of the URL. */
  readonly entries: ReadonlyMap<string, Entry>;
  /** Samples without a parquet row and URLs with two rows; must be empty. */
  readonly strays: readonly string[];
}

/** Reads a webdataset output with the parquet files beside its tars. */
export async function readOutput(folder: string): Promise<Output> {
  const database = await openTestDatabase();
  try {
    const select = `SELECT * FROM read_parquet(${quoteText(join(folder, "[0-9]*.parquet"))})`;
    const columns = await database.columns(select);
    const samples = new Map((await loadedSamples(folder)).map(({ key, members }) => [key, members]));
    const entries = new Map<string, Entry>();
    const strays: string[] = [];
    for (const row of await database.rows(select)) {
      const name = basename(String(row["url"]));
      if (entries.has(name)) strays.push(`two rows for ${name}`);
      entries.set(name, { row, members: samples.get(String(row["key"])) });
      samples.delete(String(row["key"]));
    }
    for (const key of samples.keys()) strays.push(`no row for the sample ${key}`);
    return { columns, entries, strays };
  } finally {
    database.close();
  }
}
