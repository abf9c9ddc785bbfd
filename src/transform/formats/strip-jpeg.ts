// Strips a JPEG of what a strict decoder warns of although it does no harm.
import type { ImageHeader } from "./image-header.ts";
import { jpegSegments } from "./probe-jpeg.ts";

const SOI = Buffer.from([0xff, 0xd8]);
const START_OF_SCAN = 0xda;
const COMMENT = 0xfe;
/** The end of a scan's header: all 64 coefficients, all of their bits. Only progressive and lossless scans state anything else. */
const WHOLE_SCAN = Buffer.from([0, 63, 0]);

/**
 * A JPEG without junk, comments and application segments before its first scan, and with a correct header of that scan. A decoder
 * that fails on warnings would also fail on these, which do no harm. Returns other formats unchanged.
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
