// Number of partitions of a selection if the user names none.

/** The number that the guides of LAION's data sets use. One worker for each partition is parallel enough. */
const MOST = 128;

/** With fewer partitions the files get long for readers that read partitions side by side. */
const FEWEST_OF_MANY = MOST / 2;

/** `MOST` partitions may make this share of shards more than the best number does. */
const SPARE_SHARE = 0.01;

/**
 * The number of partitions with which equal cuts make shards of nearly `samplesPerShard` rows and never more. Up to 128 shards
 * have a partition each. More shards have 128 partitions, unless a number from 64 makes over 1 % fewer shards.
 */
export function defaultPartitions(rows: number, samplesPerShard: number): number {
  const least = Math.max(1, Math.ceil(rows / samplesPerShard));
  if (least <= MOST) return least;
  const choices = Array.from({ length: MOST - FEWEST_OF_MANY + 1 }, (_, index) => MOST - index);
  const fewest = Math.min(...choices.map((parts) => shardsOf(rows, parts, samplesPerShard)));
  if (shardsOf(rows, MOST, samplesPerShard) <= fewest * (1 + SPARE_SHARE)) return MOST;
  return choices.find((parts) => shardsOf(rows, parts, samplesPerShard) === fewest) ?? MOST;
}

/** The number of shards if each of `parts` equal partitions is cut into equal shards. */
function shardsOf(rows: number, parts: number, samplesPerShard: number): number {
  const longer = rows % parts;
  const small = Math.floor(rows / parts);
  return longer * Math.ceil((small + 1) / samplesPerShard) + (parts - longer) * Math.ceil(small / samplesPerShard);
}
