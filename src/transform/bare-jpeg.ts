// Transform: what of a JPEG its pixels depend on.
import type { ImageHeader } from "./image-header.ts";
import { jpegSegments } from "./probe-jpeg.ts";

const SOI = Buffer.from([0xff, 0xd8]);
const START_OF_SCAN = 0xda;
const COMMENT = 0xfe;

/**
 * A JPEG without junk, comments and application segments before its first scan, for a decoder that is told to heed
 * warnings: it warns of broken ones of these too, which do no picture any harm. Other formats are returned themselves.
 */
export function bareJpeg(body: Buffer, { format, dataOffset }: ImageHeader): Buffer {
  if (format !== "jpeg" || dataOffset === undefined) return body;
  const kept: Buffer[] = [SOI];
  for (const { marker, offset, end } of jpegSegments(body)) {
    const isApplications = marker >= 0xe0 && marker <= 0xef;
    if (!isApplications && marker !== COMMENT && marker !== START_OF_SCAN) kept.push(body.subarray(offset, end));
  }
  return Buffer.concat([...kept, body.subarray(dataOffset)]);
}
