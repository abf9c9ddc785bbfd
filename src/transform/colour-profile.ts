// Finds a picture's colour profile and tells whether it is no more than sRGB.
import { inflateSync } from "node:zlib";
import type { ImageHeader, SourceFormat } from "./formats/image-header.ts";
import { jpegSegments } from "./formats/probe-jpeg.ts";
import { pngChunks } from "./formats/probe-png.ts";
import { webpChunks } from "./formats/probe-webp.ts";

const APP2 = 0xe2;
const ICC_PREFIX = "ICC_PROFILE\0";
/** Profiles of sRGB have 0.5 to 3 kB; a larger one is not read. */
const MAX_PROFILE_BYTES = 16_384;
const HEADER_BYTES = 128;
const MAX_TAGS = 64;

/** The colourants of sRGB under D50 (IEC 61966-2-1 with the Bradford adaptation of ICC profiles), as X, Y, Z. */
const SRGB_COLOURANTS = {
  rXYZ: [0.43607, 0.22249, 0.01392],
  gXYZ: [0.38515, 0.71687, 0.09708],
  bXYZ: [0.14307, 0.06061, 0.7141],
} as const;
/** Allows for the rounding in real profiles. */
const COLOURANT_TOLERANCE = 0.001;

/**
 * Whether the picture's profile is sRGB: a matrix with its colourants, and curves within one level of 8 bits of its own. Most
 * profiles on the web are. Converting from such a profile to sRGB would change nothing and cost as much as decoding. False if
 * there is no profile.
 */
export function hasSrgbProfile(body: Buffer, header: ImageHeader): boolean {
  const profile = FINDERS[header.format]?.(body);
  if (!profile) return false;
  try {
    return isSrgb(profile);
  } catch (error) {
    // An offset in the profile points outside it.
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** Finds the profile of each format that prep reads it from; in a JPEG it must be in one piece. */
const FINDERS: Readonly<Partial<Record<SourceFormat, (body: Buffer) => Buffer | undefined>>> = {
  jpeg: (body) => {
    for (const { marker, start, end } of jpegSegments(body)) {
      if (marker !== APP2 || body.toString("latin1", start, start + ICC_PREFIX.length) !== ICC_PREFIX) continue;
      // Piece 1 of 1.
      const pieces = start + ICC_PREFIX.length;
      return body[pieces] === 1 && body[pieces + 1] === 1 ? body.subarray(pieces + 2, end) : undefined;
    }
    return undefined;
  },
  png: (body) => {
    for (const { type, start, end } of pngChunks(body)) {
      if (type === "IDAT") return undefined;
      if (type === "iCCP") return inflated(body.subarray(start, end));
    }
    return undefined;
  },
  webp: (body) => {
    for (const { type, start, end } of webpChunks(body)) if (type === "ICCP") return body.subarray(start, end);
    return undefined;
  },
};

/** The profile in an iCCP chunk: a name that ends in NUL, a 0 for "deflate", the stream. */
function inflated(chunk: Buffer): Buffer | undefined {
  const nameEnd = chunk.indexOf(0);
  try {
    return nameEnd < 0 ? undefined : inflateSync(chunk.subarray(nameEnd + 2), { maxOutputLength: MAX_PROFILE_BYTES });
  } catch {
    return undefined;
  }
}

/** Throws a RangeError if the profile is shorter than it says. */
function isSrgb(profile: Buffer): boolean {
  if (profile.length < HEADER_BYTES + 4 || profile.length > MAX_PROFILE_BYTES) return false;
  const signature = (offset: number) => profile.toString("latin1", offset, offset + 4);
  if (signature(36) !== "acsp" || signature(16) !== "RGB " || signature(20) !== "XYZ ") return false;
  const count = profile.readUInt32BE(HEADER_BYTES);
  if (count > MAX_TAGS) return false;
  const tags = new Map<string, number>();
  for (let tag = 0; tag < count; tag++) {
    const entry = HEADER_BYTES + 4 + 12 * tag;
    tags.set(signature(entry), profile.readUInt32BE(entry + 4));
  }
  // If there are tables, they take precedence over the matrix.
  if ([...tags.keys()].some((name) => /^[ABD]2[ABD]\d$/.test(name))) return false;
  const hasColourants = Object.entries(SRGB_COLOURANTS).every(([name, wanted]) => {
    const offset = tags.get(name);
    return (
      offset !== undefined && wanted.every((value, axis) => Math.abs(fixed(profile, offset + 8 + 4 * axis) - value) <= COLOURANT_TOLERANCE)
    );
  });
  return hasColourants && ["rTRC", "gTRC", "bTRC"].every((name) => isSrgbCurve(profile, tags.get(name)));
}

function isSrgbCurve(profile: Buffer, offset: number | undefined): boolean {
  const curve = offset === undefined ? undefined : readCurve(profile, offset);
  if (!curve) return false;
  for (let level = 0; level < 256; level += 5) {
    const found = curve(level / 255);
    if (found < linearLight(Math.max(0, level - 1) / 255) || found > linearLight((level + 1) / 255)) return false;
  }
  return true;
}

type Curve = (encoded: number) => number;

/** A curve given as a table, or in the form that profiles of version 4 have for sRGB; undefined for any other curve. */
function readCurve(profile: Buffer, offset: number): Curve | undefined {
  const type = profile.toString("latin1", offset, offset + 4);
  if (type === "curv") {
    const entries = profile.readUInt32BE(offset + 8);
    // A single entry is a plain gamma, which sRGB is not.
    if (entries < 2 || entries > MAX_PROFILE_BYTES) return undefined;
    const at = (entry: number) => profile.readUInt16BE(offset + 12 + 2 * entry) / 65_535;
    return (encoded) => {
      const place = encoded * (entries - 1);
      const entry = Math.min(entries - 2, Math.floor(place));
      return at(entry) + (at(entry + 1) - at(entry)) * (place - entry);
    };
  }
  if (type !== "para" || profile.readUInt16BE(offset + 8) !== 3) return undefined;
  const [gamma, a, b, c, d] = [0, 1, 2, 3, 4].map((number) => fixed(profile, offset + 12 + 4 * number)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  return (encoded) => (encoded >= d ? (a * encoded + b) ** gamma : c * encoded);
}

/** sRGB's own curve, from IEC 61966-2-1. */
function linearLight(encoded: number): number {
  return encoded <= 0.04045 ? encoded / 12.92 : ((encoded + 0.055) / 1.055) ** 2.4;
}

/** ICC's s15Fixed16Number. */
function fixed(profile: Buffer, offset: number): number {
  return profile.readInt32BE(offset) / 65_536;
}
