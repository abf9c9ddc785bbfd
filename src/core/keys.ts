// Shard names and sample keys, equal to img2dataset's so that outputs of both tools can be joined.

/** Digits of the index in a shard: ceil(log10(samples per shard)), as in img2dataset. */
export function indexDigits(samplesPerShard: number): number {
  return Math.ceil(Math.log10(samplesPerShard));
}

/** The shard's name: its number, zero-padded to `shardDigits`. Larger numbers get longer names. */
export function shardName(shard: number, shardDigits: number): string {
  return String(shard).padStart(shardDigits, "0");
}

/** The sample's key: shard number and index in one number, zero-padded to both widths. */
export function sampleKey(shard: number, index: number, samplesPerShard: number, shardDigits: number): string {
  const digits = indexDigits(samplesPerShard);
  const number = BigInt(shard) * 10n ** BigInt(digits) + BigInt(index);
  return number.toString().padStart(digits + shardDigits, "0");
}
