// Cuts a slice from a file whose row groups cannot be copied, by encoding its rows again.
import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import type { Database } from "../sql/database.ts";
import { fileToWrite, parquetFiles } from "../sql/text.ts";
import type { WrittenFile } from "./copy-row-groups.ts";
import { type ParquetStyle, parquetOptions } from "./shuffle.ts";

/** Writes rows [start, end) of a parquet file as a file with the mark in its footer, and syncs it to the disk. */
export async function reEncodeSlice(
  database: Database,
  source: string,
  start: number,
  end: number,
  path: string,
  style: ParquetStyle,
  mark: string,
): Promise<WrittenFile> {
  const file = parquetFiles(source);
  const columns = await database.columns(`SELECT * FROM ${file}`);
  // A column of the user's may hide DuckDB's. OFFSET is slower: it reads the rows before the slice and drops them.
  const isHidden = columns.some(({ name }) => name.toLowerCase() === "file_row_number");
  const range = isHidden ? `LIMIT ${end - start} OFFSET ${start}` : `WHERE file_row_number >= ${start} AND file_row_number < ${end}`;
  const rows = await database.run(`COPY (SELECT * FROM ${file} ${range}) TO ${fileToWrite(path)} ${parquetOptions(style, mark)}`);
  return { rows, ...(await syncAndDigest(path)) };
}

/** Syncs a file, and reads it for its size and digest. */
export async function syncAndDigest(path: string): Promise<{ bytes: number; sha256: string }> {
  const file = await open(path, "r+");
  try {
    await file.sync();
    const hash = createHash("sha256");
    const buffer = Buffer.allocUnsafe(2 ** 20);
    let bytes = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, bytes);
      if (bytesRead === 0) return { bytes, sha256: hash.digest("hex") };
      hash.update(buffer.subarray(0, bytesRead));
      bytes += bytesRead;
    }
  } finally {
    await file.close();
  }
}
