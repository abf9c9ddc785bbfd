// Transform: a WebP whose last chunk lacks its padding, in the form in which the decoder takes it.

/** What stands before a RIFF container's length counts. */
const RIFF_HEADER_BYTES = 8;

/**
 * A WebP with the one byte that its writer left out: chunks are padded to even sizes, and so no container has an odd one.
 * Other readers do not mind, libvips refuses it. Any other bytes are returned themselves.
 */
export function paddedWebp(body: Buffer): Buffer {
  if (body.toString("latin1", 0, 4) !== "RIFF" || body.toString("latin1", 8, 12) !== "WEBP") return body;
  const length = body.readUInt32LE(4);
  const end = RIFF_HEADER_BYTES + length;
  if (end % 2 === 0 || end > body.length) return body;
  const padded = Buffer.alloc(end + 1);
  body.copy(padded, 0, 0, end);
  padded.writeUInt32LE(length + 1, 4);
  return padded;
}
