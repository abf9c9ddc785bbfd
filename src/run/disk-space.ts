// The conductor, stage one: is there room for the shuffle, asked before it begins.
import { mkdir, statfs } from "node:fs/promises";
import { OutputError } from "../core/errors.ts";
import { formatBytes, formatCount } from "../core/units.ts";
import type { Resources } from "./config.ts";

/** Measured: a row in DuckDB's sort takes about three times the bytes that it takes in a snappy file. */
const MEMORY_PER_BYTE = 3.1;

/** Measured: what an external sort spills, for each byte of the sorted file. */
const SPILL_PER_BYTE = 1.7;

/** Throws OutputError with the figures where the rows to keep, sorted and cut, cannot fit. */
export async function insistOnSpace(
  rowsKept: number,
  rowsRead: number,
  bytesRead: number,
  output: string,
  resources: Resources,
): Promise<void> {
  // The query may keep fewer or wider columns; the whole row is the better guess as long as nothing is written.
  const kept = rowsRead > 0 ? (bytesRead / rowsRead) * rowsKept : 0;
  const spill = kept * MEMORY_PER_BYTE > resources.memoryLimitBytes ? kept * SPILL_PER_BYTE : 0;
  const needs = [{ folder: output, bytes: 2 * kept }];
  if (resources.tempDirectory) needs.push({ folder: resources.tempDirectory, bytes: spill });
  else needs[0] = { folder: output, bytes: Math.max(2 * kept, kept + spill) };
  for (const { folder, bytes } of needs) {
    await mkdir(folder, { recursive: true });
    const { bavail, bsize } = await statfs(folder);
    const free = bavail * bsize;
    if (bytes > free) {
      throw new OutputError(
        `${formatCount(rowsKept)} rows need about ${formatBytes(bytes)} in ${folder} while they are shuffled, and ${formatBytes(free)} are free`,
        "Free space, choose another --output or --temp-directory, or keep fewer rows (--limit keeps a fair sample).",
      );
    }
  }
}
