// Writes and reads the records of TFRecord files, with their lengths and checksums.
import type { FileHandle } from "node:fs/promises";
import { maskedCrc32c } from "./crc32c.ts";

const HEADER_BYTES = 12;
const FOOTER_BYTES = 4;

/** A record as files have it: its length (64 bits, little-endian) with a masked CRC, the bytes, and their masked CRC. */
export function frameRecord(record: Uint8Array): [Uint8Array, Uint8Array, Uint8Array] {
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header.writeBigUInt64LE(BigInt(record.length));
  header.writeUInt32LE(maskedCrc32c(header.subarray(0, 8)), 8);
  const footer = Buffer.allocUnsafe(FOOTER_BYTES);
  footer.writeUInt32LE(maskedCrc32c(record));
  return [header, record, footer];
}

/** Reads the records of a file in order, one in memory at a time. Throws an Error that names the byte if a checksum is wrong or the file ends early. */
export async function* readRecords(file: FileHandle, path: string): AsyncGenerator<Buffer> {
  const { size } = await file.stat();
  for (let offset = 0; offset < size; ) {
    const header = await readAt(file, path, offset, HEADER_BYTES, size);
    if (header.readUInt32LE(8) !== maskedCrc32c(header.subarray(0, 8))) throw new Error(`${path} is damaged: the length at byte ${offset}`);
    const length = Number(header.readBigUInt64LE());
    const body = await readAt(file, path, offset + HEADER_BYTES, length + FOOTER_BYTES, size);
    const record = body.subarray(0, length);
    if (body.readUInt32LE(length) !== maskedCrc32c(record)) throw new Error(`${path} is damaged: the record at byte ${offset}`);
    yield record;
    offset += HEADER_BYTES + length + FOOTER_BYTES;
  }
}

async function readAt(file: FileHandle, path: string, offset: number, length: number, size: number): Promise<Buffer> {
  if (offset + length > size) throw new Error(`${path} ends in the middle of a record, at byte ${size}`);
  const buffer = Buffer.allocUnsafe(length);
  for (let filled = 0; filled < length; ) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, offset + filled);
    if (bytesRead === 0) throw new Error(`${path} ends in the middle of a record, at byte ${offset + filled}`);
    filled += bytesRead;
  }
  return buffer;
}
