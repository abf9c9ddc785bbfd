// Transform: what of a JPEG its pixels depend on.
import type { ImageHeader } from "./image-header.ts";
import { jpegSegments } from "./probe-jpeg.ts";

const SOI = Buffer.from([0xff, 0xd8]);
const START_OF_SCAN = 0xda;
const COMMENT = 0xfe;
/** What ends the header of a scan: all 64 coefficients, all of their bits. Only progressive scans and lossless ones say otherwise. */
const WHOLE_SCAN = Buffer.from([0, 63, 0]);

/**
 * A JPEG without junk, comments and application segments before its first scan, and with a header of that scan as it
 * should be, for a decoder that is told to heed warnings: it warns of these too, which do no picture any harm. Other
 * formats are returned themselves.
 */
export function stripJpeg(body: Buffer, { format, dataOffset, isProgressive, isRare }: ImageHeader): Buffer {
  if (format !== "jpeg" || dataOffset === undefined) return body;
  const kept: Buffer[] = [SOI];
  let rest = dataOffset;
  for (const { marker, offset, start, end } of jpegSegments(body)) {
    const isApplications = marker >= 0xe0 && marker <= 0xef;
    if (!isApplications && marker !== COMMENT && marker !== START_OF_SCAN) kept.push(body.subarray(offset, end));
    if (marker === START_OF_SCAN && !isProgressive && !isRare && end - start > WHOLE_SCAN.length) {
      kept.push(body.subarray(offset, end - WHOLE_SCAN.length), WHOLE_SCAN);
      rest = end;
    }
  }
  return Buffer.concat([...kept, body.subarray(rest)]);
}
