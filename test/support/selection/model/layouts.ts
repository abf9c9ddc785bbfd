// Makes metadata for the model checker in every layout that prep reads.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Database } from "../../../../src/sql/database.ts";
import type { Random } from "./random.ts";

/** Files of generated rows. */
export interface Layout {
  readonly name: string;
  /** The value of `--metadata`. */
  readonly metadata: string;
  /** SQL with which DuckDB alone reads the same rows, in the order of the files. */
  readonly relation: string;
}

const LAYOUTS = ["one parquet file", "many parquet files", "csv", "many csv files", "jsonl", "hive folders"] as const;

/** Layouts of the files of a case. */
export type LayoutName = (typeof LAYOUTS)[number];

/**
 * Rows of a table in which each URL occurs one to five times, with ties, NULLs and a number `id` for each row. Fractions are eighths,
 * which every format keeps exactly.
 */
export function generatedRows(rows: number, urls: number): string {
  return `SELECT i AS id, 'http://host' || i % ${urls} % 97 || '.test/' || i % ${urls} || '.jpg' AS url,
    if(hash(i) % 11 = 0, NULL, 'caption ' || md5(i::VARCHAR)[1:2 + (hash(i, 1) % 9)::INTEGER]) AS caption,
    if(hash(i, 2) % 13 = 0, NULL, 100 + (hash(i, 2) % 40)::INTEGER) AS width, 100 + (hash(i, 3) % 7)::INTEGER AS height,
    (hash(i % ${urls}) // 4)::BIGINT AS hash, (hash(i, 4) % 800) / 8.0 AS score, 'tag' || hash(i, 5) % 5 AS tag,
    ['de', 'en', 'fr'][1 + (hash(i, 6) % 3)::INTEGER] AS language FROM range(${rows}) r(i)`;
}

/** Writes `rows` rows into `folder`. Chance chooses what is not given. */
export async function writeLayout(
  database: Database,
  folder: string,
  rows: number,
  random: Random,
  wanted: { readonly layout?: LayoutName; readonly copies?: number } = {},
): Promise<Layout> {
  const name = wanted.layout ?? random.of(LAYOUTS);
  const urls = Math.ceil(rows / (wanted.copies ?? random.between(1, 5)));
  await mkdir(folder, { recursive: true });
  await database.run(`CREATE OR REPLACE TABLE generated AS ${generatedRows(rows, urls)}`);
  const isCsv = name.endsWith("csv") || name.endsWith("csv files");
  const extension = isCsv ? "csv" : name === "jsonl" ? "jsonl" : "parquet";
  const options = isCsv ? "FORMAT csv" : name === "jsonl" ? "FORMAT json" : `FORMAT parquet, ROW_GROUP_SIZE ${2048 * random.between(1, 8)}`;
  if (name === "hive folders") {
    await database.run(`COPY generated TO '${folder}' (${options}, PARTITION_BY (language), OVERWRITE_OR_IGNORE)`);
    return {
      name,
      metadata: folder,
      relation: `(SELECT * FROM read_parquet('${folder}/*/*.parquet', hive_partitioning = true, hive_types_autocast = false))`,
    };
  }
  const files = name.startsWith("many") ? random.between(2, 7) : 1;
  for (let file = 0; file < files; file++) {
    const path = join(folder, `part-${file}.${extension}`);
    await database.run(
      `COPY (FROM generated WHERE id >= ${Math.floor((rows * file) / files)} AND id < ${Math.floor((rows * (file + 1)) / files)} ORDER BY id) TO '${path}' (${options})`,
    );
  }
  const reader = isCsv ? "read_csv" : name === "jsonl" ? "read_json" : "read_parquet";
  return { name, metadata: folder, relation: `(SELECT * FROM ${reader}('${folder}/*.${extension}'))` };
}
