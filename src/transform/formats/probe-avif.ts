// Probe of AVIF: the file's brands, and the size if it is beyond doubt.
import { type ImageHeader, statedSize } from "./image-header.ts";

const MAX_BRANDS = 64;
const MAX_PROPERTIES = 256;
// Properties that turn, mirror or cut the coded picture, so that `ispe` is not its size.
const TRANSFORMS: ReadonlySet<string> = new Set(["irot", "imir", "clap"]);

/** The brands of an ISO media file (`avif`, `heic` ...), the major one first; empty for other bytes. */
export function isoBrands(body: Buffer): readonly string[] {
  if (body.length < 16 || body.toString("latin1", 4, 8) !== "ftyp") return [];
  const end = Math.min(body.readUInt32BE(0), body.length, 16 + 4 * MAX_BRANDS);
  const brands = [body.toString("latin1", 8, 12)];
  for (let offset = 16; offset + 4 <= end; offset += 4) brands.push(body.toString("latin1", offset, offset + 4));
  return brands;
}

/** The header of an AVIF; undefined for other bytes. The size is absent for tiled, turned or cut pictures. */
export function probeAvif(body: Buffer): ImageHeader | undefined {
  const brands = isoBrands(body);
  if (!brands.includes("avif") && !brands.includes("avis")) return undefined;
  const meta = findBox(body, { start: 0, end: body.length }, "meta");
  // Version and flags come first.
  const within = meta && { start: meta.start + 4, end: meta.end };
  const properties = within && findBox(body, within, "iprp");
  const container = properties && findBox(body, properties, "ipco");
  const found = container ? readProperties(body, container) : { hasAlpha: true };
  const references = within && findBox(body, within, "iref");
  const isPremultiplied = references && findBox(body, { start: references.start + 4, end: references.end }, "prem") !== undefined;
  return { format: "avif", ...found, ...(isPremultiplied ? { isPremultiplied } : {}), isGrey: false, isProgressive: false };
}

function readProperties(body: Buffer, container: Span): Pick<ImageHeader, "size" | "mostPixels" | "hasAlpha"> {
  let count = 0;
  let isSizeSure = true;
  let hasAlpha = false;
  let mostPixels = 0;
  let size: { readonly width: number; readonly height: number } | undefined;
  for (const box of isoBoxes(body, container)) {
    count += 1;
    if (count > MAX_PROPERTIES) return { hasAlpha: true };
    if (TRANSFORMS.has(box.type)) isSizeSure = false;
    // An auxiliary picture is a depth map or the alpha channel.
    if (box.type === "auxC") hasAlpha = true;
    if (box.type !== "ispe" || box.end - box.start < 12) continue;
    const width = body.readUInt32BE(box.start + 4);
    const height = body.readUInt32BE(box.start + 8);
    if (size && (size.width !== width || size.height !== height)) isSizeSure = false;
    size = { width, height };
    mostPixels = Math.max(mostPixels, width * height);
  }
  if (!size) return { hasAlpha };
  return { hasAlpha, ...(isSizeSure ? statedSize(size.width, size.height) : { mostPixels }) };
}

/** Part of a file, from `start` to before `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The first box of this type in a span, without its head. */
export function findBox(body: Buffer, within: Span, type: string): Span | undefined {
  for (const box of isoBoxes(body, within)) if (box.type === type) return box;
  return undefined;
}

/** The complete boxes of a span; `start` to `end` is a box's payload. Ends where the bytes end or make no sense. */
export function* isoBoxes(body: Buffer, within: Span): Generator<Span & { readonly type: string }> {
  let offset = within.start;
  while (offset + 8 <= within.end) {
    const length = body.readUInt32BE(offset);
    // 1 announces that the length follows in 64 bits.
    const isLong = length === 1 && offset + 16 <= within.end;
    const start = offset + (isLong ? 16 : 8);
    // 0 means "to the end of the file".
    const end = length === 0 ? within.end : offset + (isLong ? Number(body.readBigUInt64BE(offset + 8)) : length);
    if (end < start || end > within.end) return;
    yield { type: body.toString("latin1", offset + 4, offset + 8), start, end };
    offset = end;
  }
}
