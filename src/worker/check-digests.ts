// Computes the digest of a downloaded body, and compares it with the one in the metadata.
import { type Failure, failure } from "../core/outcome.ts";
import type { Sample } from "../core/sample.ts";
import type { ShapeConfig } from "../job/config.ts";
import { digestOf } from "../manifest/digest.ts";
import type { Digest } from "../shard/entries.ts";
import type { TransformFailure } from "../transform/transformer.ts";

/**
 * Computes the digest to store, if any, and a `hash_mismatch` if the digest of the bytes is not the one in the metadata. A row without a
 * digest in the metadata is a mismatch too.
 */
export function checkDigests(
  body: Buffer,
  sample: Sample,
  { computeHash, verifyHash }: Pick<ShapeConfig, "computeHash" | "verifyHash">,
): { readonly digest: Digest | undefined; readonly mismatch?: TransformFailure } {
  const digest = computeHash && { algorithm: computeHash, hex: digestOf(body, computeHash) };
  if (!verifyHash) return { digest };
  const found = digest?.algorithm === verifyHash.algorithm ? digest.hex : digestOf(body, verifyHash.algorithm);
  // img2dataset compares letters as they are, so it never matches an upper-case digest.
  if (sample.expectedDigest?.trim().toLowerCase() === found) return { digest };
  const mismatch: Failure = failure("hash_mismatch", `${verifyHash.algorithm} ${found}`);
  return { digest, mismatch: { ok: false, failure: mismatch } };
}
