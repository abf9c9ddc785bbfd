// Checks that two outputs hold the same rows, whatever their order, files and column names.
import { Database } from "../src/sql/database.ts";
import { quoteName, quoteText } from "../src/sql/text.ts";

/** Counts and hashes of an output's rows. */
export interface RowsCheck {
  readonly rows: number;
  /** Sum of all row hashes, as text. */
  readonly sum: string;
  /** XOR of all row hashes, as text. */
  readonly xor: string;
  readonly files: number;
  readonly bytes: number;
  /** Rows of the smallest and of the largest file. */
  readonly fileRows: readonly [number, number];
}

/** The source's columns and prep's names for them; the order is part of the hash. */
const COLUMNS: readonly (readonly string[])[] = [
  ["SAMPLE_ID"],
  ["URL"],
  ["TEXT", "caption"],
  ["HEIGHT"],
  ["WIDTH"],
  ["LICENSE"],
  ["NSFW"],
  ["similarity"],
  ["hash"],
  ["pwatermark"],
  ["punsafe"],
  ["AESTHETIC_SCORE", "aesthetic"],
];

/** Reads every row of the parquet files that a glob names. Throws if a column is missing or unknown. */
export async function sumRows(glob: string, threads: number): Promise<RowsCheck> {
  const database = await Database.open({ threads, memoryLimitBytes: 4e9 });
  try {
    const files = quoteText(glob);
    const names = (await database.columns(`SELECT * FROM read_parquet(${files})`)).map(({ name }) => name);
    const columns = COLUMNS.map((spellings) => {
      const name = names.find((candidate) => spellings.some((spelling) => spelling.toLowerCase() === candidate.toLowerCase()));
      if (name === undefined) throw new Error(`${glob} has no column ${spellings.join(" or ")}; it has ${names.join(", ")}`);
      return quoteName(name);
    });
    if (names.length !== COLUMNS.length)
      throw new Error(`${glob} has ${names.length} columns instead of ${COLUMNS.length}: ${names.join(", ")}`);
    const [sums] = await database.rows(
      `SELECT count(*) AS n, coalesce(sum(h::HUGEINT), 0)::VARCHAR AS s, coalesce(bit_xor(h), 0)::VARCHAR AS x
       FROM (SELECT hash(${columns.join(", ")}) AS h FROM read_parquet(${files}))`,
    );
    const [sizes] = await database.rows(
      `SELECT count(*) AS files, min(num_rows) AS low, max(num_rows) AS high, sum(file_size_bytes)::BIGINT AS bytes
       FROM parquet_file_metadata(${files})`,
    );
    return {
      rows: Number(sums?.["n"]),
      sum: String(sums?.["s"]),
      xor: String(sums?.["x"]),
      files: Number(sizes?.["files"]),
      bytes: Number(sizes?.["bytes"]),
      fileRows: [Number(sizes?.["low"]), Number(sizes?.["high"])],
    };
  } finally {
    database.close();
  }
}

/** Whether two outputs hold the same multiset of rows. */
export function sameRows(left: RowsCheck, right: RowsCheck): boolean {
  return left.rows === right.rows && left.sum === right.sum && left.xor === right.xor;
}
