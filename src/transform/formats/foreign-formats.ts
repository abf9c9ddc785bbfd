// Recognises pictures and documents that prep does not decode, so that their outcome names them.
import { isoBrands } from "./probe-avif.ts";

const MAGIC: readonly (readonly [string, string])[] = [
  ["tiff", "II*\0"],
  ["tiff", "MM\0*"],
  ["tiff", "II+\0"],
  ["tiff", "MM\0+"],
  ["psd", "8BPS"],
  ["pdf", "%PDF-"],
  ["jxl", "\xff\x0a"],
  ["jxl", "\0\0\0\x0cJXL \r\n\x87\n"],
  ["jp2", "\0\0\0\x0cjP  \r\n\x87\n"],
  ["jp2", "\xff\x4f\xff\x51"],
  ["ico", "\0\0\x01\0"],
];
const HEIC_BRANDS: ReadonlySet<string> = new Set(["heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs", "mif1", "msf1"]);
// The header sizes that a BMP can have. "BM" alone begins many a text.
const BMP_HEADER_SIZES: ReadonlySet<number> = new Set([12, 16, 40, 52, 56, 64, 108, 124]);
// A number behind the magic, with comments in between. "P1" alone begins many a text.
const PNM_HEAD = /^P[1-6](?:\s|#[^\n]*\n)+\d/;
const PNM_HEAD_BYTES = 256;
const SVG_HEAD_BYTES = 4096;

/** The name of a format that is recognised but not decoded; undefined for anything else. Never throws. */
export function foreignFormat(body: Buffer): string | undefined {
  const head = body.toString("latin1", 0, 16);
  const known = MAGIC.find(([, magic]) => head.startsWith(magic));
  if (known) return known[0];
  if (isoBrands(body).some((brand) => HEIC_BRANDS.has(brand))) return "heic";
  if (head.startsWith("BM") && body.length >= 26 && BMP_HEADER_SIZES.has(body.readUInt32LE(14))) return "bmp";
  if (PNM_HEAD.test(body.toString("latin1", 0, PNM_HEAD_BYTES))) return "pnm";
  return isSvg(body) ? "svg" : undefined;
}

function isSvg(body: Buffer): boolean {
  const text = body
    .toString("latin1", 0, SVG_HEAD_BYTES)
    .replace(/^\xef\xbb\xbf/, "")
    .replace(/<!--.*?-->/gs, "")
    .trimStart();
  if (!text.startsWith("<")) return false;
  const element = text.search(/<[a-zA-Z]/);
  return element >= 0 && /^<(svg:)?svg[\s>/]/.test(text.slice(element, element + 10));
}
