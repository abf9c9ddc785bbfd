// Computes the digest of a downloaded body, and compares it with the one in the metadata.
import { type Failure, failure } from "../core/outcome.ts";
import type { Sample } from "../core/sample.ts";
import type { ShapeConfig } from "../job/config.ts";
import { digestOf } from "../manifest/digest.ts";
import type { Digest } from "../shard/entries.ts";
import type { TransformFailure } from "../transform/transformer.ts";

/** The digest to store, if any, and `hash_mismatch` where the bytes are not the promised ones. A promise that is missing is broken. */
export function checkDigests(
  body: Buffer,
  sample: Sample,
  { computeHash, verifyHash }: Pick<ShapeConfig, "computeHash" | "verifyHash">,
): { readonly digest: Digest | undefined; readonly mismatch?: TransformFailure } {
  const digest = computeHash && { algorithm: computeHash, hex: digestOf(body, computeHash) };
  if (!verifyHash) return { digest };
  const found = digest?.algorithm === verifyHash.algorithm ? digest.hex : digestOf(body, verifyHash.algorithm);
  // The peer compares letters as they are, and so never matches an upper-case digest.
  if (sample.expectedDigest?.trim().toLowerCase() === found) return { digest };
  const mismatch: Failure = failure("hash_mismatch", `${verifyHash.algorithm} ${found}`);
  return { digest, mismatch: { ok: false, failure: mismatch } };
}
