// Stage: manifest. Digests of the downloaded bytes, before anything is made of them.
import { createHash } from "node:crypto";

/** The digests that the peer knows. */
export type DigestAlgorithm = "md5" | "sha256" | "sha512";

/** Lower-case hex of a body's digest. */
export function digestOf(body: Buffer, algorithm: DigestAlgorithm): string {
  return createHash(algorithm).update(body).digest("hex");
}
