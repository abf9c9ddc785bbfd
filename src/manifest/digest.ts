// Digests of downloaded bytes.
import { createHash } from "node:crypto";

/** The digests that img2dataset knows; their names are also those of their columns. */
export const DIGEST_ALGORITHMS = ["md5", "sha256", "sha512"] as const;

/** One of img2dataset's digests. */
export type DigestAlgorithm = (typeof DIGEST_ALGORITHMS)[number];

/** The digest of a body in lower-case hex. */
export function digestOf(body: Buffer, algorithm: DigestAlgorithm): string {
  return createHash(algorithm).update(body).digest("hex");
}
