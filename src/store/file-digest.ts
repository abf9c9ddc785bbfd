// Where files live: size and digest of a file that another library wrote, after it is synced.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { syncFile } from "./durable.ts";

/** Syncs a file to the disk, then reads it back for its size and SHA-256. */
export async function fileDigest(path: string): Promise<{ bytes: number; sha256: string }> {
  await syncFile(path);
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { bytes, sha256: hash.digest("hex") };
}
