// Stage: partition. How many rows a row group should have, from the size of a partition alone.

/** DuckDB writes row groups in multiples of its vectors. */
const VECTOR_ROWS = 2048;

/** A row group that straddles a partition's end is encoded again: with this many groups a partition that costs 3 %. */
const GROUPS_PER_PARTITION = 32;

/** Up to so many vectors a partition is one row group, which is cheaper to write than its ends are to cut. */
const MAX_LONE_GROUP_VECTORS = 8;

/** Larger row groups make a reader hold more at a time and save nothing. */
const MAX_ROW_GROUP_ROWS = 65_536;

/** Rows of a row group where the user names so many: what DuckDB makes of it. Counting with less would misplace the passes' seams. */
export function wholeVectors(rowGroupRows: number): number {
  return Math.ceil(rowGroupRows / VECTOR_ROWS) * VECTOR_ROWS;
}

/** Rows of a row group where the user names none. A function of the partition's size, so that every route writes the same. */
export function defaultRowGroupRows(partitionRows: number): number {
  const whole = Math.max(VECTOR_ROWS, wholeVectors(partitionRows));
  if (whole <= MAX_LONE_GROUP_VECTORS * VECTOR_ROWS) return whole;
  const vectors = Math.floor(partitionRows / GROUPS_PER_PARTITION / VECTOR_ROWS);
  return Math.min(MAX_ROW_GROUP_ROWS, Math.max(1, vectors) * VECTOR_ROWS);
}
