// Finds the members of a damaged tar behind every header that is whole.
import { type FileHandle, open } from "node:fs/promises";
import type { TarMember } from "./read-tar.ts";
import { BLOCK, readHeader } from "./scan-tar.ts";

/** Bytes read at a time in the search for a header. */
const WINDOW_BYTES = 256 * 1024;

/** Reads the regular files behind every whole header, one in memory at a time. Callers check the bytes, which may be wrong. */
export async function* salvageTar(path: string): AsyncGenerator<TarMember> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    let window: { at: number; bytes: Buffer } = { at: 0, bytes: Buffer.alloc(0) };
    for (let at = 0; at + BLOCK <= size; ) {
      if (at < window.at || at + BLOCK > window.at + window.bytes.length) window = { at, bytes: await readAt(file, at, WINDOW_BYTES) };
      const header = readHeader(window.bytes.subarray(at - window.at, at - window.at + BLOCK));
      const start = at + BLOCK;
      if (!header || start + header.bytes > size) {
        at += BLOCK;
        continue;
      }
      if (header.isFile) yield { name: header.name, body: await readAt(file, start, header.bytes) };
      at = start + Math.ceil(header.bytes / BLOCK) * BLOCK;
    }
  } finally {
    await file.close();
  }
}

/** Reads up to `length` bytes; fewer at the end of the file. */
async function readAt(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  const { bytesRead } = await file.read(buffer, 0, length, at);
  return buffer.subarray(0, bytesRead);
}
