// The `exif` field of a sample: one JSON string, as img2dataset's exifread writes it.
import { GPSInfo, Image, Iop, Photo } from "exif-reader/tags.js";
import type { ImageHeader } from "../formats/image-header.ts";
import { findExifBlock } from "./exif-block.ts";
import { type ExifDirectory, exifEntries } from "./exif-entries.ts";
import { exifText } from "./exif-text.ts";

/** Tags that exif-reader has no names for. */
const FURTHER_NAMES = {
  280: "MinSampleValue",
  281: "MaxSampleValue",
  59932: "Padding",
  59933: "OffsetSchema",
  65000: "OwnerName",
  65001: "SerialNumber",
};
const NAMES: Readonly<Record<ExifDirectory, Readonly<Record<number, string>>>> = {
  Image: { ...FURTHER_NAMES, ...Photo, ...Image },
  Thumbnail: { ...FURTHER_NAMES, ...Photo, ...Image },
  EXIF: { ...FURTHER_NAMES, ...Image, ...Photo },
  GPS: GPSInfo,
  Interoperability: Iop,
};
// exif-reader's names are Exiv2's; exifread has its own.
const TAG_NAMES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ExifTag: "ExifOffset",
    GPSTag: "GPSInfo",
    InteroperabilityTag: "InteroperabilityOffset",
    PixelXDimension: "ExifImageWidth",
    PixelYDimension: "ExifImageLength",
    FlashpixVersion: "FlashPixVersion",
    GPSDateStamp: "GPSDate",
    PrintImageMatching: "PrintIM",
    IPTCNAA: "IPTC/NAA",
    NewSubfileType: "SubfileType",
    SubfileType: "OldSubfileType",
    NumberOfInks: "NumberofInks",
    TIFFEPStandardID: "TIFF/EPStandardID",
  }),
);

/**
 * Tag names and texts as a JSON string; `"{}"` if the picture has no EXIF, null if its EXIF cannot be parsed. At most about 64 KB
 * of values: maker notes, user comments, XMP and overlong values are left out. Never throws.
 */
export function exifJson(body: Buffer, header: ImageHeader): string | null {
  try {
    const block = findExifBlock(body, header);
    return block ? JSON.stringify(exifTexts(block)) : "{}";
  } catch {
    return null;
  }
}

function exifTexts(block: Buffer): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const entry of exifEntries(block)) {
    const known = NAMES[entry.directory][entry.tag];
    const name = known === undefined ? `Tag 0x${entry.tag.toString(16).toUpperCase().padStart(4, "0")}` : (TAG_NAMES.get(known) ?? known);
    texts[`${entry.directory} ${name}`] = exifText(name, entry);
  }
  return texts;
}
