// SQL expressions that turn 64-bit hashes into uniform numbers, picks and interpolated values.
import { createHash } from "node:crypto";
import { quoteText } from "../sql/text.ts";

/**
 * An expression of 64 well-mixed bits for `row`, an integer expression; different for every stream and seed. DuckDB's own
 * `hash(x, seed)` combines its arguments linearly, so rows with equal hashes under one seed have equal ones under every other.
 */
export function mixedHash(row: string, stream: string, seed: string): string {
  const key = createHash("sha256").update(`${seed}/${stream}`).digest().readBigUInt64BE(0);
  return `hash(xor(hash(${row}), ${key}::UBIGINT))`;
}

/** `width` bits of a hash from bit `shift` on, as INTEGER (at most 31 bits). */
export function bits(hash: string, shift: number, width: number): string {
  return `((${hash} >> ${shift}) & ${2 ** width - 1})::INTEGER`;
}

/** A DOUBLE in [0, 1) from the 32 bits of a hash at `shift`, 0 or 32. */
export function unit(hash: string, shift: 0 | 32): string {
  return shift === 0 ? `((${hash} & 4294967295)::DOUBLE / 4294967296)` : `((${hash} >> 32)::DOUBLE / 4294967296)`;
}

/** A SQL list of texts. */
export function textList(texts: readonly string[]): string {
  return `[${texts.map(quoteText).join(",")}]`;
}

/** One of the `length` entries of a list column, by 16 bits of a hash at `shift`. */
export function pick(list: string, length: number, hash: string, shift: number): string {
  return `${list}[${bits(hash, shift, 16)} % ${length} + 1]`;
}

/** A point of an inverse cumulative distribution: the share `share` lies below `value`. */
export type QuantilePoint = readonly [share: number, value: number];

/** The inverse cumulative distribution through `points` at `u` in [0, 1), a straight line between two points. */
export function quantile(u: string, points: readonly QuantilePoint[]): string {
  const pieces = points.slice(1).map(([share, value], index) => {
    const [fromShare, fromValue] = points[index] ?? [0, value];
    return `WHEN ${u} < ${share} THEN ${fromValue} + (${u} - ${fromShare}) * ${(value - fromValue) / (share - fromShare)}`;
  });
  return `CASE ${pieces.join(" ")} ELSE ${points.at(-1)?.[1] ?? 0} END`;
}
