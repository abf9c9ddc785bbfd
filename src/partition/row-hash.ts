// Stage: partition. The 64-bit hash of a whole row, and the seeded key that orders the shuffle.
import { createHash } from "node:crypto";
import { quoteName } from "../sql/text.ts";

/**
 * Number of the rule by which rows become partitions: key, sort, cut, default number of partitions and row groups. Raise it
 * whenever the same request would give other partitions: those that an earlier version left unfinished are then not used.
 */
export const ORDER_FORMAT = 1;

/** A name that no column of the relation has, so that it can only mean the row. */
export function freeName(stem: string, columns: readonly string[]): string {
  const taken = new Set(columns.map((name) => name.toLowerCase()));
  let name = `prep_${stem}`;
  while (taken.has(name)) name += "_";
  return name;
}

/**
 * SQL for the hash of all columns of a row. Hashing the row as one struct means the same, but DuckDB then builds the
 * structs, at a tenth of the CPU of a whole shuffle.
 */
export function rowHash(columns: readonly string[]): string {
  return `hash(${columns.map(quoteName).join(", ")})`;
}

/**
 * SQL for the shuffle key. DuckDB's `hash(x, seed)` only xors a constant into every key, so its order hardly depends on
 * the seed; hashing the seeded hash once more makes orders of different seeds independent.
 */
export function shuffleKey(columns: readonly string[], seed: string): string {
  return `hash(xor(${rowHash(columns)}, ${seedNumber(seed)}::UBIGINT))`;
}

/** The first 8 bytes of SHA-256 of the seed's text, so that any text can be a seed. */
function seedNumber(seed: string): bigint {
  return createHash("sha256").update(seed).digest().readBigUInt64BE(0);
}
