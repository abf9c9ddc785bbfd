// MurmurHash3_x64_128 on bytes and BigInt, to check the SQL macro independently.

const MASK = (1n << 64n) - 1n;
const C1 = 0x87c37b91114253d5n;
const C2 = 0x4cf5ad432745937fn;

const rotate = (value: bigint, bits: bigint): bigint => ((value << bits) | (value >> (64n - bits))) & MASK;
const mix = (value: bigint): bigint => {
  let k = value;
  k = ((k ^ (k >> 33n)) * 0xff51afd7ed558ccdn) & MASK;
  k = ((k ^ (k >> 33n)) * 0xc4ceb9fe1a85ec53n) & MASK;
  return k ^ (k >> 33n);
};

/** The first, signed half of the hash, as `mmh3.hash64(text)[0]` returns it. */
export function murmurHash(text: string): bigint {
  const bytes = Buffer.from(text, "utf8");
  const body = bytes.length - (bytes.length % 16);
  let [h1, h2] = [0n, 0n];
  for (let at = 0; at < body; at += 16) {
    h1 ^= (rotate((bytes.readBigUInt64LE(at) * C1) & MASK, 31n) * C2) & MASK;
    h1 = (((rotate(h1, 27n) + h2) & MASK) * 5n + 0x52dce729n) & MASK;
    h2 ^= (rotate((bytes.readBigUInt64LE(at + 8) * C2) & MASK, 33n) * C1) & MASK;
    h2 = (((rotate(h2, 31n) + h1) & MASK) * 5n + 0x38495ab5n) & MASK;
  }
  let [k1, k2] = [0n, 0n];
  for (let at = bytes.length - 1; at >= body; at -= 1) {
    if (at - body >= 8) k2 = (k2 << 8n) | BigInt(bytes[at] ?? 0);
    else k1 = (k1 << 8n) | BigInt(bytes[at] ?? 0);
  }
  h1 ^= (rotate((k1 * C1) & MASK, 31n) * C2) & MASK;
  h2 ^= (rotate((k2 * C2) & MASK, 33n) * C1) & MASK;
  h1 ^= BigInt(bytes.length);
  h2 ^= BigInt(bytes.length);
  h1 = (h1 + h2) & MASK;
  h2 = (h2 + h1) & MASK;
  return BigInt.asIntN(64, mix(h1) + mix(h2));
}
