// Numbers that look random and depend only on their names.
import { createHash } from "node:crypto";

/** A number of [0, 1) for a name and an index; the same in every run. */
export function unit(name: string, index: number): number {
  return createHash("sha256").update(`${name}:${index}`).digest().readUInt32BE(0) / 2 ** 32;
}
