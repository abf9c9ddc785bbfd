// Digests of fetched files: SHA-256 for files in LFS, git's SHA-1 for others.
import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { HubFile } from "./client.ts";

/** Starts the digest of a file. git hashes a header with the length before the bytes. */
export function beginDigest({ bytes, digest }: HubFile): Hash {
  return digest.algorithm === "sha256" ? createHash("sha256") : createHash("sha1").update(`blob ${bytes}\0`);
}

/** Adds the first `bytes` bytes of a file on disk to a digest. Rejects with the signal's reason when it aborts. */
export async function addFile(hash: Hash, path: string, bytes: number, signal: AbortSignal): Promise<void> {
  if (bytes === 0) return;
  for await (const chunk of createReadStream(path, { end: bytes - 1, highWaterMark: 2 ** 20, signal })) hash.update(chunk as Buffer);
}
