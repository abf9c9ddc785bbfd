// SQL for scores with the distributions of LAION's published metadata.
import { bits, quantile, unit } from "./hash-sql.ts";

/** `punsafe` as FLOAT: 80 % log-uniform below 0.01, 3 % near 1, null for 0.8 %. */
export function punsafe(hash: string): string {
  const u = unit(hash, 0);
  return `CASE WHEN ${bits(hash, 32, 10)} < 8 THEN NULL ELSE (CASE
    WHEN ${u} < 0.2 THEN pow(10, -7 + ${u} * 10)
    WHEN ${u} < 0.8 THEN pow(10, -5 + (${u} - 0.2) * 5)
    WHEN ${u} < 0.97 THEN pow(10, -2 + (${u} - 0.8) * ${Math.log10(0.45 / 0.01) / 0.17})
    WHEN ${u} < 0.985 THEN 0.45 + (${u} - 0.97) * ${0.5 / 0.015}
    ELSE 0.95 + (${u} - 0.985) * ${0.05 / 0.015} END)::FLOAT END`;
}

/** `pwatermark` as FLOAT: 6.1 % above 0.8, exactly 1 for some, null for 0.6 %. */
export function pwatermark(hash: string): string {
  const points = [[0, 0.01], [0.2, 0.1], [0.4, 0.2], [0.6, 0.35], [0.8, 0.6], [0.939, 0.8], [0.999, 1]] as const; // biome-ignore format: one table, one line
  return `CASE WHEN ${bits(hash, 0, 10)} < 6 THEN NULL ELSE (${quantile(unit(hash, 32), points)})::FLOAT END`;
}

/** `similarity` as DOUBLE: the CLIP cosine, cut off at 0.28. */
export function similarity(hash: string): string {
  const points = [[0, 0.28], [0.2, 0.3], [0.4, 0.315], [0.6, 0.33], [0.8, 0.35], [0.95, 0.385], [0.99, 0.42], [0.9999, 0.5], [1, 0.6]] as const; // biome-ignore format: one table, one line
  return quantile(`(${hash} >> 11)::DOUBLE / 9007199254740992`, points);
}

/** `AESTHETIC_SCORE` of the second predictor as FLOAT: narrow around 4.6, from a standard normal number. */
export function aesthetic(normal: string): string {
  return `(4.62 + 0.53 * ${normal})::FLOAT`;
}

/** All 64 bits of a hash as BIGINT. */
export function signed(hash: string): string {
  return `(((${hash} >> 1)::BIGINT - 4611686018427387904) * 2 + (${hash} & 1)::BIGINT)`;
}
