// Stage: partition. The 64-bit hash of a whole row, and the seeded key that orders the shuffle.
import { createHash } from "node:crypto";

/** A name that no column of the relation has, so that it can only mean the row. */
export function freeName(stem: string, columns: readonly string[]): string {
  const taken = new Set(columns.map((name) => name.toLowerCase()));
  let name = `prep_${stem}`;
  while (taken.has(name)) name += "_";
  return name;
}

/** SQL for the hash of all columns of the row that goes by this name. */
export function rowHash(row: string): string {
  return `hash(${row})`;
}

/**
 * SQL for the shuffle key. DuckDB's `hash(x, seed)` only xors a constant into every key, so its order hardly depends on
 * the seed; hashing the seeded hash once more makes orders of different seeds independent.
 */
export function shuffleKey(row: string, seed: string): string {
  return `hash(xor(${rowHash(row)}, ${seedNumber(seed)}::UBIGINT))`;
}

/** The first 8 bytes of SHA-256 of the seed's text, so that any text can be a seed. */
function seedNumber(seed: string): bigint {
  return createHash("sha256").update(seed).digest().readBigUInt64BE(0);
}
