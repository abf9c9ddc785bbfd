// SQL for the 64-bit hash of a whole row, and for the seeded key that orders the shuffle.
import { createHash } from "node:crypto";
import { quoteName } from "../sql/text.ts";

/**
 * Version of the rules by which rows become partitions: key, sort, cut, default number of partitions and of row groups. Raise it
 * when a change gives other partitions for the same request. Then unfinished work of earlier versions is not used.
 */
export const ORDER_FORMAT = 1;

/** A name that begins with `prep_` and the stem, and that none of these columns has. */
export function freeName(stem: string, columns: readonly string[]): string {
  const taken = new Set(columns.map((name) => name.toLowerCase()));
  let name = `prep_${stem}`;
  while (taken.has(name)) name += "_";
  return name;
}

/**
 * SQL for the hash of all columns of a row. Hashing the row as one struct would mean the same, but building the structs takes a
 * tenth of the CPU of a whole shuffle.
 */
export function rowHash(columns: readonly string[]): string {
  return `hash(${columns.map(quoteName).join(", ")})`;
}

/**
 * SQL for the shuffle key. DuckDB's `hash(x, seed)` only xors a constant into every key, so its order hardly depends on the seed.
 * Hashing the seeded hash again makes the orders of different seeds independent.
 */
export function shuffleKey(columns: readonly string[], seed: string): string {
  return `hash(xor(${rowHash(columns)}, ${seedNumber(seed)}::UBIGINT))`;
}

/** The first 8 bytes of the SHA-256 of the seed, so that any text can be a seed. */
function seedNumber(seed: string): bigint {
  return createHash("sha256").update(seed).digest().readBigUInt64BE(0);
}
