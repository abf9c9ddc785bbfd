// Writes LAION-like parquet of any number of rows, made by DuckDB alone.
import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Database } from "../sql/database.ts";
import { fileToWrite } from "../sql/text.ts";
import { type MetadataRows, metadataSelect } from "./metadata-sql.ts";

/** What to write, and where. */
export interface WriteMetadataOptions extends MetadataRows {
  readonly directory: string;
  readonly rows: number;
  readonly files: number;
  /** Rows of a row group, 122,880 by default. */
  readonly rowGroupRows?: number;
}

/**
 * Writes the rows in `files` parquet files of equal size, named as Spark names them, and returns their paths. The rows, and each
 * row's place, depend on seed, layout and port alone. Memory is bounded by the row groups in flight, and one byte for each row of
 * one file.
 */
export async function writeMetadata(database: Database, options: WriteMetadataOptions): Promise<string[]> {
  const { directory, rows, files, seed, rowGroupRows = 122_880 } = options;
  await mkdir(directory, { recursive: true });
  const id = createHash("sha256").update(seed).digest("hex");
  const uuid = [id.slice(0, 8), id.slice(8, 12), `4${id.slice(13, 16)}`, `a${id.slice(17, 20)}`, id.slice(20, 32)].join("-");
  const paths: string[] = [];
  const source = "prep_demo_row_ids";
  await database.run(`CREATE OR REPLACE TEMP TABLE ${source} AS SELECT true AS used FROM range(${Math.ceil(rows / files)})`);
  // A dictionary of long texts saves nothing, and looking for one takes a sixth of the time.
  const format = `FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE ${rowGroupRows}, DICTIONARY_SIZE_LIMIT 4000`;
  for (let file = 0; file < files; file += 1) {
    const path = join(directory, `part-${String(file).padStart(5, "0")}-${uuid}-c000.snappy.parquet`);
    const [from, to] = [Math.floor((rows * file) / files), Math.floor((rows * (file + 1)) / files)];
    await database.run(`COPY (${metadataSelect(source, from, to, options)}) TO ${fileToWrite(path)} (${format})`);
    paths.push(path);
  }
  await database.run(`DROP TABLE ${source}`);
  return paths;
}
