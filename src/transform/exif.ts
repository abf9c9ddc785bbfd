// Transform: the `exif` field of a sample: what img2dataset's exifread would write, as one JSON string.
import exifReader from "exif-reader";
import { findExifBlock, trimExifBlock } from "./exif-block.ts";
import type { ImageHeader } from "./image-header.ts";

// exif-reader names its directories after Exiv2; exifread has its own names.
const DIRECTORIES = { Image: "Image", Thumbnail: "Thumbnail", Photo: "EXIF", GPSInfo: "GPS", Iop: "Interoperability" } as const;
const TAG_NAMES: Readonly<Record<string, string>> = {
  ExifTag: "ExifOffset",
  GPSTag: "GPSInfo",
  InteroperabilityTag: "InteroperabilityOffset",
  PixelXDimension: "ExifImageWidth",
  PixelYDimension: "ExifImageLength",
  FlashpixVersion: "FlashPixVersion",
  GPSDateStamp: "GPSDate",
  PrintImageMatching: "PrintIM",
  IPTCNAA: "IPTC/NAA",
};
// The lookups of exifread that nearly every photograph needs; other enumerations stay numbers.
const VALUE_NAMES: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  Orientation: {
    1: "Horizontal (normal)",
    2: "Mirrored horizontal",
    3: "Rotated 180",
    4: "Mirrored vertical",
    5: "Mirrored horizontal then rotated 90 CCW",
    6: "Rotated 90 CW",
    7: "Mirrored horizontal then rotated 90 CW",
    8: "Rotated 90 CCW",
  },
  ResolutionUnit: { 1: "Not Absolute", 2: "Pixels/Inch", 3: "Pixels/Centimeter" },
  YCbCrPositioning: { 1: "Centered", 2: "Co-sited" },
  ColorSpace: { 1: "sRGB", 2: "Adobe RGB", 65535: "Uncalibrated" },
};
const TEXT_TAGS: ReadonlySet<string> = new Set(["ExifVersion", "FlashPixVersion", "InteroperabilityVersion"]);
const SHOWN_VALUES = 20;

/**
 * Tag names to texts as a JSON string, `"{}"` where a picture carries no EXIF, null where its EXIF cannot be parsed.
 * At most about 64 KB: maker notes, user comments, XMP and overlong values are left out. Never throws.
 */
export function exifJson(body: Buffer, header: ImageHeader): string | null {
  try {
    const block = findExifBlock(body, header);
    return block ? JSON.stringify(flatten(exifReader(trimExifBlock(block)))) : "{}";
  } catch {
    return null;
  }
}

function flatten(exif: object): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [directory, shownDirectory] of Object.entries(DIRECTORIES)) {
    const tags: unknown = Reflect.get(exif, directory);
    if (typeof tags !== "object" || tags === null) continue;
    for (const [tag, value] of Object.entries(tags)) {
      // exif-reader leaves the number where it knows no name, and null where it cannot read the value.
      const name = /^\d+$/.test(tag) ? `Tag 0x${Number(tag).toString(16).toUpperCase().padStart(4, "0")}` : (TAG_NAMES[tag] ?? tag);
      const text = textOf(name, value);
      if (text !== undefined) texts[`${shownDirectory} ${name}`] = text;
    }
  }
  return texts;
}

function textOf(name: string, value: unknown): string | undefined {
  if (typeof value === "number") return VALUE_NAMES[name]?.[value] ?? String(value);
  if (typeof value === "string") return beforeNul(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : exifDate(value);
  if (Buffer.isBuffer(value)) {
    // exif-reader hands text that is not ASCII over as bytes, like every value of undefined type.
    if (TEXT_TAGS.has(name)) return beforeNul(value.toString("latin1"));
    const text = value.toString("utf8");
    return /^[^\p{Cc}\ufffd]+\0*$/u.test(text) ? beforeNul(text) : listText([...value.subarray(0, SHOWN_VALUES + 1)]);
  }
  return Array.isArray(value) ? listText(value) : undefined;
}

function beforeNul(text: string): string {
  return (text.split("\0", 1)[0] ?? "").trim();
}

/** Python's way to print a list, cut after 20 values as exifread cuts it. */
function listText(values: readonly unknown[]): string {
  const shown = values.slice(0, SHOWN_VALUES).join(", ");
  return values.length > SHOWN_VALUES ? `[${shown}, ... ]` : `[${shown}]`;
}

function exifDate(date: Date): string {
  return date.toISOString().slice(0, 19).replaceAll("-", ":").replace("T", " ");
}
