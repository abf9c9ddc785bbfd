// Size and SHA-256 of a file: of one that another library wrote, and of one that is read back.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { syncFile } from "./local/durable.ts";

/** What identifies a file's bytes. */
export interface FileDigest {
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

const READ_BYTES = 2 ** 20;

/** Syncs a file to the disk, then reads it back. */
export async function fileDigest(path: string): Promise<FileDigest> {
  await syncFile(path);
  return await readBack(path);
}

/** Reads a whole file; `onChunk` sees the same bytes in order. */
export async function readBack(path: string, onChunk?: (chunk: Buffer) => void): Promise<FileDigest> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: READ_BYTES })) {
    hash.update(chunk as Buffer);
    onChunk?.(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { bytes, sha256: hash.digest("hex") };
}
