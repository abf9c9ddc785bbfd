// Number of rows of a row group.

/** DuckDB writes row groups in multiples of its vectors. */
const VECTOR_ROWS = 2048;

/** Row groups at a partition's ends are encoded again. With this many row groups in a partition that costs 3 %. */
const GROUPS_PER_PARTITION = 32;

/** Up to this many vectors a partition is one row group: encoding it whole costs less than cutting its ends. */
const MAX_LONE_GROUP_VECTORS = 8;

/** Larger row groups need more memory in readers and save nothing. */
const MAX_ROW_GROUP_ROWS = 65_536;

/** The size of a row group that the user asks for, rounded up as DuckDB does. The bounds of passes depend on the exact number. */
export function wholeVectors(rowGroupRows: number): number {
  return Math.ceil(rowGroupRows / VECTOR_ROWS) * VECTOR_ROWS;
}

/** The default size of a row group. It depends on the size of a partition alone, so that every way of cutting writes the same. */
export function defaultRowGroupRows(partitionRows: number): number {
  const whole = Math.max(VECTOR_ROWS, wholeVectors(partitionRows));
  if (whole <= MAX_LONE_GROUP_VECTORS * VECTOR_ROWS) return whole;
  const vectors = Math.floor(partitionRows / GROUPS_PER_PARTITION / VECTOR_ROWS);
  return Math.min(MAX_ROW_GROUP_ROWS, Math.max(1, vectors) * VECTOR_ROWS);
}
