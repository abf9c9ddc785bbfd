// A digest of a stored sample, which tells if it is whole in a damaged shard.
import { createHash } from "node:crypto";
import type { Entry } from "./entries.ts";

/** 64 bits: enough to find decayed bytes, and cheap to keep for each row. */
const DIGITS = 16;

/** The first 16 hex digits of a SHA-256 over the members in order, each with its extension and length. */
export function sampleDigest(entries: readonly Entry[]): string {
  const hash = createHash("sha256");
  for (const { extension, body } of entries) hash.update(`${extension} ${body.length}\n`).update(body);
  return hash.digest("hex").slice(0, DIGITS);
}
