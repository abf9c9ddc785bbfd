// Checks before a shuffle whether it fits the disk and the memory.
import { mkdir, statfs } from "node:fs/promises";
import { OutputError } from "../core/errors.ts";
import { formatBytes, plural } from "../core/units.ts";
import type { Resources } from "../job/config.ts";

/** Measured: a row takes about three times as many bytes in DuckDB's sort as in a snappy file. */
const MEMORY_PER_BYTE = 3.1;

/** Measured: bytes that an external sort spills for each byte of the sorted file. */
const SPILL_PER_BYTE = 1.7;

/** The sort and the table hold each row once each. Half of the limit is left for everything else. */
const TABLE_SHARE = 0.25;

/** Each pass reads the metadata again. More passes than this save little space. */
const MAX_PASSES = 16;

/** How much a selection reads and keeps. */
export interface SelectionSize {
  readonly rowsKept: number;
  /** Rows and bytes of the metadata. */
  readonly rowsRead: number;
  readonly bytesRead: number;
}

/**
 * Chooses the fewest passes with which the shuffle fits the disk, or checks the number that the user wants. Each pass needs its part of
 * the temporary space and reads the metadata again. Throws OutputError with the figures if none fits.
 */
export async function choosePasses(
  wanted: number | undefined,
  size: SelectionSize,
  output: string,
  { memoryLimitBytes, tempDirectory }: Resources,
): Promise<number> {
  const kept = keptBytes(size);
  const free = await freeBytes(output);
  const freeTemporary = tempDirectory ? await freeBytes(tempDirectory) : undefined;
  const needs = (passes: number) => {
    const spill = (kept * MEMORY_PER_BYTE) / passes > memoryLimitBytes ? (kept * SPILL_PER_BYTE) / passes : 0;
    // At the end of the last pass the disk holds nearly all partitions and the rows that this pass sorted.
    const sorted = kept / passes;
    const beside = freeTemporary === undefined ? spill : 0;
    const bytes = passes === 1 ? Math.max(2 * kept, sorted + beside) : kept + sorted + beside - kept / passes;
    return { bytes, temporary: freeTemporary === undefined ? 0 : spill };
  };
  const choices = wanted === undefined ? [1, 2, 4, 8, MAX_PASSES] : [wanted];
  const fitting = choices.find((passes) => needs(passes).bytes <= free && needs(passes).temporary <= (freeTemporary ?? 0));
  if (fitting !== undefined) return fitting;
  const { bytes, temporary } = needs(choices.at(-1) ?? 1);
  const isTemporary = freeTemporary !== undefined && temporary > freeTemporary;
  throw new OutputError(
    `${plural(size.rowsKept, "row needs", "rows need")} about ${formatBytes(isTemporary ? temporary : bytes)} in ${isTemporary ? tempDirectory : output} while they are shuffled, and ${formatBytes(isTemporary ? freeTemporary : free)} are free`,
    "Free space, choose another --output or --temp-directory, or keep fewer rows (--limit keeps a fair sample).",
  );
}

/** Whether the kept rows can be shuffled into a table that stays in memory until they are written. */
export function fitsMemory(size: SelectionSize, { memoryLimitBytes }: Resources): boolean {
  return keptBytes(size) * MEMORY_PER_BYTE <= memoryLimitBytes * TABLE_SHARE;
}

/** An estimate from whole rows of the metadata. The query may keep fewer or wider columns, which nobody knows before they are written. */
function keptBytes({ rowsKept, rowsRead, bytesRead }: SelectionSize): number {
  return rowsRead > 0 ? (bytesRead / rowsRead) * rowsKept : 0;
}

async function freeBytes(folder: string): Promise<number> {
  await mkdir(folder, { recursive: true });
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
