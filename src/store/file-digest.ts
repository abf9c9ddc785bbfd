// Where files live: size and digest of a file that another library wrote, and of one that is read back.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { syncFile } from "./durable.ts";

const READ_BYTES = 2 ** 20;

/** Syncs a file to the disk, then reads it back for its size and SHA-256. */
export async function fileDigest(path: string): Promise<{ bytes: number; sha256: string }> {
  await syncFile(path);
  return await readBack(path);
}

/** Reads a file for its size and SHA-256; `onChunk` sees the same bytes in order. */
export async function readBack(path: string, onChunk?: (chunk: Buffer) => void): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: READ_BYTES })) {
    hash.update(chunk as Buffer);
    onChunk?.(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { bytes, sha256: hash.digest("hex") };
}
