// Stage: shard. What tells a stored sample that is whole from one that is not, where its shard is damaged.
import { createHash } from "node:crypto";
import type { Entry } from "./entries.ts";

/** 64 bits: enough against decay of disks, and cheap to keep for each row. */
const DIGITS = 16;

/** The first digits of the SHA-256 of a sample's members, each with its extension and length, in their order. */
export function sampleDigest(entries: readonly Entry[]): string {
  const hash = createHash("sha256");
  for (const { extension, body } of entries) hash.update(`${extension} ${body.length}\n`).update(body);
  return hash.digest("hex").slice(0, DIGITS);
}
