// Below the stages, the TFRecord format: CRC-32C, the Castagnoli checksum, which Node's zlib does not have.

/** The polynomial 0x1edc6f41 of RFC 3720, its bits reversed. */
const POLYNOMIAL = 0x82f63b78;

/**
 * Eight tables of 256 entries, one behind the other. Table k says what a byte does to the checksum when k more bytes follow
 * it, so that eight bytes are taken at a time ("slicing by 8").
 */
const TABLES = makeTables();

function makeTables(): Int32Array {
  const tables = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let rest = byte;
    for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ POLYNOMIAL : rest >>> 1;
    tables[byte] = rest;
  }
  for (let index = 256; index < tables.length; index++) {
    const before = tables[index - 256] as number;
    tables[index] = (before >>> 8) ^ (tables[before & 255] as number);
  }
  return tables;
}

/** An entry of the tables; every index that is asked for is inside. */
function entry(table: number, byte: number): number {
  return TABLES[table * 256 + byte] as number;
}

/** The CRC-32C of some bytes, 0 to 2^32 - 1; `before` is that of the bytes in front of them. */
export function crc32c(bytes: Uint8Array, before = 0): number {
  const byte = (index: number): number => bytes[index] as number;
  let crc = ~before;
  let index = 0;
  for (const end = bytes.length - 7; index < end; index += 8) {
    const low = crc ^ (byte(index) | (byte(index + 1) << 8) | (byte(index + 2) << 16) | (byte(index + 3) << 24));
    crc =
      entry(7, low & 255) ^
      entry(6, (low >>> 8) & 255) ^
      entry(5, (low >>> 16) & 255) ^
      entry(4, low >>> 24) ^
      entry(3, byte(index + 4)) ^
      entry(2, byte(index + 5)) ^
      entry(1, byte(index + 6)) ^
      entry(0, byte(index + 7));
  }
  for (; index < bytes.length; index++) crc = (crc >>> 8) ^ entry(0, (crc ^ byte(index)) & 255);
  return ~crc >>> 0;
}

/** The checksum as TFRecord files store it: rotated and shifted, so that bytes that hold their own checksum are no special case. */
export function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
