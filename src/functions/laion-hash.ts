// Defines laion_hash, LAION's join key: exact MurmurHash3 in plain SQL.
import type { Macro } from "./macro.ts";

// Constants of MurmurHash3_x64_128 (Austin Appleby, public domain). DuckDB refuses overflow, so products and sums are computed
// in 128 bits and cut. A macro computes an argument each time it names it, so a lambda binds what is costly and used twice.
const C1 = "9782798678568883157::UHUGEINT";
const C2 = "5545529020109919103::UHUGEINT";
const ODD_NIBBLES = "1085102592571150095";

/** `(x << bits) | (x >> (64 - bits))`, with the bits masked first that would overflow on the left. */
function rotated(x: string, bits: number): string {
  return `(((${x} & ${(1n << BigInt(64 - bits)) - 1n}) << ${bits}) | (${x} >> ${64 - bits}))`;
}

function macro(name: string, parameters: readonly string[], body: string): Macro {
  return { name: `murmur_${name}`, parameters, body };
}

/**
 * `laion_hash(url, caption)` as BIGINT, equal to `mmh3.hash64((url or "") + (caption or ""))[0]` of laion-prepro: seed 0, the
 * first 64 bits, signed. NULL counts as the empty text. Computes about 70,000 rows a second on one core.
 */
export const LAION_HASH: readonly Macro[] = [
  macro("low", ["n"], "(n & 18446744073709551615::UHUGEINT)::UBIGINT"),
  macro("times", ["a", "b"], "murmur_low(a::UHUGEINT * b)"),
  // Turns hex digits into little-endian 64-bit words. Reversing the digits swaps the two digits of each byte, so swap them back.
  macro(
    "words",
    ["digits"],
    `list_transform(list_transform(regexp_extract_all(digits, '.{16}'), lambda d: ('0x' || reverse(d))::UBIGINT),
  lambda n: ((n & ${ODD_NIBBLES}) << 4) | ((n >> 4) & ${ODD_NIBBLES}))`,
  ),
  macro("pairs", ["words"], `list_transform([words], lambda w: list_zip(w[1:-:2], w[2:-:2]))[1]`),
  macro(
    "blocks",
    ["pairs"],
    `list_transform(list_transform(pairs, lambda p: {a: murmur_times(p[1], ${C1}), b: murmur_times(p[2], ${C2})}),
  lambda p: {a: murmur_times(${rotated("p.a", 31)}, ${C2}), b: murmur_times(${rotated("p.b", 33)}, ${C1})})`,
  ),
  macro("next_a", ["s", "e"], `murmur_low((${rotated("xor(s.a, e.a)", 27)}::UHUGEINT + s.b) * 5 + 1390208809)`),
  macro("next_b", ["s", "e"], `murmur_low((${rotated("xor(s.b, e.b)", 31)}::UHUGEINT + murmur_next_a(s, e)) * 5 + 944331445)`),
  macro(
    "body",
    ["blocks"],
    "list_reduce(blocks[:-2], lambda s, e: {a: murmur_next_a(s, e), b: murmur_next_b(s, e)}, {a: 0::UBIGINT, b: 0::UBIGINT})",
  ),
  // The last block is the tail, padded with zeros, which change nothing.
  macro("tail", ["s", "e", "bytes"], "{a: xor(xor(s.a, e.a), bytes), b: xor(xor(s.b, e.b), bytes)}"),
  macro(
    "mixed",
    ["n"],
    `list_reduce([n, 18397679294719823053::UBIGINT, 14181476777654086739::UBIGINT, 1::UBIGINT],
  lambda x, factor: murmur_times(xor(x, x >> 33), factor))`,
  ),
  macro(
    "end",
    ["s"],
    `list_transform([murmur_low(s.a::UHUGEINT + s.b)], lambda a: murmur_low(murmur_mixed(a)::UHUGEINT + murmur_mixed(murmur_low(a::UHUGEINT + s.b))))[1]`,
  ),
  macro("signed", ["n"], "(n::HUGEINT - CASE WHEN n >= 9223372036854775808 THEN 18446744073709551616::HUGEINT ELSE 0 END)::BIGINT"),
  macro(
    "digits",
    ["digits"],
    `list_transform([murmur_blocks(murmur_pairs(murmur_words(rpad(digits, ((len(digits) // 32 + 1) * 32)::INTEGER, '0'))))],
  lambda blocks: list_transform([murmur_tail(murmur_body(blocks), blocks[-1], (len(digits) // 2)::UBIGINT)], lambda s: murmur_signed(murmur_end(s)))[1])[1]`,
  ),
  {
    name: "laion_hash",
    parameters: ["url", "caption"],
    body: "list_transform([hex(coalesce(url, '') || coalesce(caption, ''))], lambda digits: murmur_digits(digits))[1]",
    says: "LAION's join key, as in the column hash: MurmurHash3 of URL and caption; NULL counts as the empty text.",
  },
];
