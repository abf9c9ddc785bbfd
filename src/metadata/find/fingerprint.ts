// Fingerprints of files, to tell apart files of one name and size without reading them whole.
import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import type { MetadataFile } from "./find-files.ts";

/** Covers the first rows and, for parquet, most of the footer, which has the statistics of all columns. */
const HEAD_BYTES = 4096;
const TAIL_BYTES = 16_384;

/** Files open at once. */
const CONCURRENCY = 32;

/** Eight hex digits for each file, by path: a SHA-256 over its first 4 KiB and last 16 KiB. */
export async function fingerprintFiles(files: readonly MetadataFile[]): Promise<Map<string, string>> {
  const fingerprints = new Map<string, string>();
  const queue = files.values();
  const workers = Array.from({ length: Math.min(CONCURRENCY, files.length) }, async () => {
    for (const { path, bytes } of queue) fingerprints.set(path, await fingerprint(path, bytes));
  });
  await Promise.all(workers);
  return fingerprints;
}

async function fingerprint(path: string, bytes: number): Promise<string> {
  const file = await open(path, "r");
  try {
    const hash = createHash("sha256");
    const parts: readonly (readonly [number, number])[] = [
      [0, HEAD_BYTES],
      [Math.max(0, bytes - TAIL_BYTES), TAIL_BYTES],
    ];
    for (const [position, length] of parts) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
      hash.update(buffer.subarray(0, bytesRead));
    }
    return hash.digest("hex").slice(0, 8);
  } finally {
    await file.close();
  }
}
