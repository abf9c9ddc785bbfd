// Encodes data pages of an optional BYTE_ARRAY column, plain and uncompressed.
import { crc32 } from "node:zlib";
import { WIRE } from "./thrift-reader.ts";
import { ThriftWriter } from "./thrift-writer.ts";

/** Values of the enumerations in parquet.thrift. */
const PAGE_TYPE_DATA = 0;
const ENCODING_PLAIN = 0;
const ENCODING_RLE = 3;
/** The largest page that parquet's 32-bit sizes allow. */
const MAX_PAGE_BYTES = 2 ** 31 - 1;

/** The encodings of such pages, as a column's metadata lists them. */
export const PAGE_ENCODINGS = [ENCODING_PLAIN, ENCODING_RLE] as const;

/**
 * Encodes a data page (version 1): a header with a CRC-32, the definition levels, then each value after its length. Returns
 * the parts of the page in order. Throws RangeError if it would have 2 GiB or more.
 */
export function binaryPage(values: readonly (Uint8Array | null)[]): Uint8Array[] {
  const levels = definitionLevels(values);
  const body: Uint8Array[] = [levels];
  let bytes = levels.length;
  for (const value of values) {
    if (!value) continue;
    const length = Buffer.allocUnsafe(4);
    length.writeUInt32LE(value.length);
    body.push(length, value);
    bytes += 4 + value.length;
  }
  if (bytes > MAX_PAGE_BYTES) throw new RangeError(`a parquet page cannot hold ${bytes} bytes`);
  const crc = body.reduce((sum, part) => crc32(part, sum), 0);
  return [pageHeader(values.length, bytes, crc), ...body];
}

function pageHeader(values: number, bytes: number, crc: number): Uint8Array {
  const writer = new ThriftWriter();
  writer.struct(() => {
    writer.integer(1, WIRE.i32, PAGE_TYPE_DATA);
    writer.integer(2, WIRE.i32, bytes);
    writer.integer(3, WIRE.i32, bytes);
    writer.integer(4, WIRE.i32, crc | 0);
    writer.field(5, WIRE.struct);
    writer.struct(() => {
      writer.integer(1, WIRE.i32, values);
      writer.integer(2, WIRE.i32, ENCODING_PLAIN);
      writer.integer(3, WIRE.i32, ENCODING_RLE);
      writer.integer(4, WIRE.i32, ENCODING_RLE);
    });
  });
  return new Uint8Array(writer.take());
}

/** One bit for each value, 1 unless it is null, in runs of equal bits. A run is its doubled length as a varint, then the bit. */
function definitionLevels(values: readonly (Uint8Array | null)[]): Uint8Array {
  const bytes: number[] = [];
  for (let first = 0; first < values.length; ) {
    const bit = values[first] ? 1 : 0;
    let end = first + 1;
    while (end < values.length && (values[end] ? 1 : 0) === bit) end++;
    let rest = (end - first) * 2;
    for (; rest >= 128; rest >>>= 7) bytes.push((rest & 127) | 128);
    bytes.push(rest, bit);
    first = end;
  }
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return Buffer.concat([length, Buffer.from(bytes)]);
}
