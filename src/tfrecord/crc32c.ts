// CRC-32C, the Castagnoli checksum, which Node's zlib does not have.

/** The polynomial 0x1edc6f41 of RFC 3720, its bits reversed. */
const POLYNOMIAL = 0x82f63b78;

/**
 * Eight tables of 256 entries, one after the other. Table k has the effect of a byte on the checksum if k more bytes follow
 * it. Eight bytes are processed at a time ("slicing by 8").
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

/** The CRC-32C of bytes, 0 to 2^32 - 1. `before` is the CRC-32C of the bytes in front of them. About 1.3 GB/s. */
export function crc32c(bytes: Uint8Array, before = 0): number {
  // The loops' bounds and the masks keep every index inside. A local name and no calls make it more than twice as fast.
  const t = TABLES;
  let crc = ~before;
  let i = 0;
  for (const end = bytes.length - 7; i < end; i += 8) {
    const low =
      crc ^ ((bytes[i] as number) | ((bytes[i + 1] as number) << 8) | ((bytes[i + 2] as number) << 16) | ((bytes[i + 3] as number) << 24));
    crc =
      (t[1792 + (low & 255)] as number) ^
      (t[1536 + ((low >>> 8) & 255)] as number) ^
      (t[1280 + ((low >>> 16) & 255)] as number) ^
      (t[1024 + (low >>> 24)] as number) ^
      (t[768 + (bytes[i + 4] as number)] as number) ^
      (t[512 + (bytes[i + 5] as number)] as number) ^
      (t[256 + (bytes[i + 6] as number)] as number) ^
      (t[bytes[i + 7] as number] as number);
  }
  for (; i < bytes.length; i++) crc = (crc >>> 8) ^ (t[(crc ^ (bytes[i] as number)) & 255] as number);
  return ~crc >>> 0;
}

/** The checksum as TFRecord files store it. TensorFlow masks it because the CRC of bytes that contain a CRC is weak. */
export function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
