// Transform: the header probe: what kind of picture these bytes are and how large, without decoding any of it.
import { foreignFormat } from "./foreign-formats.ts";
import { type ImageHeader, sizeOf } from "./image-header.ts";
import { probeAvif } from "./probe-avif.ts";
import { probeJpeg } from "./probe-jpeg.ts";
import { probePng } from "./probe-png.ts";
import { probeWebp } from "./probe-webp.ts";

/** A picture that can be decoded, a picture that cannot, or no picture. */
export type Probe =
  | { readonly kind: "image"; readonly header: ImageHeader }
  | { readonly kind: "unsupported"; readonly format: string }
  | { readonly kind: "unknown" };

/** Recognises bytes by their first ones. Never throws, whatever the bytes. */
export function probe(body: Buffer): Probe {
  const header = probeJpeg(body) ?? probePng(body) ?? probeWebp(body) ?? probeGif(body) ?? probeAvif(body);
  if (header) return { kind: "image", header };
  const format = foreignFormat(body);
  return format === undefined ? { kind: "unknown" } : { kind: "unsupported", format };
}

function probeGif(body: Buffer): ImageHeader | undefined {
  const signature = body.toString("latin1", 0, 6);
  if (signature !== "GIF87a" && signature !== "GIF89a") return undefined;
  const isComplete = body.length >= 10;
  return {
    format: "gif",
    ...(isComplete ? sizeOf(body.readUInt16LE(6), body.readUInt16LE(8)) : {}),
    // Whether a frame has a transparent colour is said far behind the header.
    hasAlpha: true,
    isGrey: false,
    isProgressive: false,
  };
}
