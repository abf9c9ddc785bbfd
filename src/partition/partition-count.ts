// How many partitions a selection has where the user names no number.

/** As many as the field's guides make; a worker a partition is parallel enough. */
const MOST = 128;

/** Fewer than that would be long files for those who read partitions side by side. */
const FEWEST_OF_MANY = MOST / 2;

/** How many shards more than the fewest are no reason for another number than `MOST`. */
const SPARE_SHARE = 0.01;

/**
 * The number of partitions for shards as near to `samplesPerShard` rows as equal cuts allow, and never above it. Up to 128
 * shards: a partition for each. More: 128 partitions, unless another number from 64 makes clearly fewer and fuller shards.
 */
export function defaultPartitions(rows: number, samplesPerShard: number): number {
  const least = Math.max(1, Math.ceil(rows / samplesPerShard));
  if (least <= MOST) return least;
  const choices = Array.from({ length: MOST - FEWEST_OF_MANY + 1 }, (_, index) => MOST - index);
  const fewest = Math.min(...choices.map((parts) => shardsOf(rows, parts, samplesPerShard)));
  if (shardsOf(rows, MOST, samplesPerShard) <= fewest * (1 + SPARE_SHARE)) return MOST;
  return choices.find((parts) => shardsOf(rows, parts, samplesPerShard) === fewest) ?? MOST;
}

/** How many shards partitions of equal size make, each partition cut into equal shards. */
function shardsOf(rows: number, parts: number, samplesPerShard: number): number {
  const longer = rows % parts;
  const small = Math.floor(rows / parts);
  return longer * Math.ceil((small + 1) / samplesPerShard) + (parts - longer) * Math.ceil(small / samplesPerShard);
}
