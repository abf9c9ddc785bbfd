// Statistics of orders: chi-square, its critical value, neighbours and correlation.

/** The standard normal's quantile at 1 - 0.0001. A uniform order fails such a test with one seed in 10,000, and the seeds are fixed. */
const Z = 3.719;

/** Upper critical value of chi-square at p = 0.0001, by Wilson and Hilferty (within 0.5 % from 10 degrees of freedom on). */
export function criticalChiSquare(degrees: number): number {
  const spread = 2 / (9 * degrees);
  return degrees * (1 - spread + Z * Math.sqrt(spread)) ** 3;
}

/** Chi-square of counts that should all be equal. */
export function chiSquareOfCounts(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/**
 * Chi-square for the independence of two classifications of the same things, each into classes 0, 1, 2 ..., with its degrees of
 * freedom.
 */
export function independence(left: readonly number[], right: readonly number[]): { chiSquare: number; degrees: number; pairs: number } {
  const rows = Math.max(...left) + 1;
  const columns = Math.max(...right) + 1;
  const cells = new Float64Array(rows * columns);
  const rowSums = new Float64Array(rows);
  const columnSums = new Float64Array(columns);
  left.forEach((row, index) => {
    const column = right[index] ?? 0;
    for (const [sums, at] of [
      [cells, row * columns + column],
      [rowSums, row],
      [columnSums, column],
    ] as const)
      sums[at] = (sums[at] ?? 0) + 1;
  });
  let chiSquare = 0;
  cells.forEach((count, cell) => {
    const expected = ((rowSums[Math.floor(cell / columns)] ?? 0) * (columnSums[cell % columns] ?? 0)) / left.length;
    chiSquare += (count - expected) ** 2 / expected;
  });
  return { chiSquare, degrees: (rows - 1) * (columns - 1), pairs: cells.filter((count) => count > 0).length };
}

/** The part of the order in which each thing is, of `buckets` equal parts: `order[place] = thing` gives `bucket[thing]`. */
export function bucketsOf(order: readonly number[], buckets: number): number[] {
  const bucket = new Array<number>(order.length);
  order.forEach((thing, place) => {
    bucket[thing] = Math.floor((place * buckets) / order.length);
  });
  return bucket;
}

/** Counts neighbours in the order that were neighbours before. In a random order the count is Poisson distributed with mean 2. */
export function keptNeighbours(order: readonly number[]): number {
  return order.filter((thing, place) => place > 0 && Math.abs(thing - (order[place - 1] ?? 0)) === 1).length;
}

/** Correlation of the places before and after, in standard deviations of the correlation of a random order. */
export function rankCorrelation(order: readonly number[]): number {
  const middle = (order.length - 1) / 2;
  const product = order.reduce((sum, thing, place) => sum + (thing - middle) * (place - middle), 0);
  const variance = order.reduce((sum, thing) => sum + (thing - middle) ** 2, 0);
  return (product / variance) * Math.sqrt(order.length - 1);
}
