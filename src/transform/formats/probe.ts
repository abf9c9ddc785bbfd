// Transform: the header probe: what kind of picture these bytes are and how large, without decoding any of it.
import { foreignFormat } from "./foreign-formats.ts";
import type { ImageHeader } from "./image-header.ts";
import { probeAvif } from "./probe-avif.ts";
import { probeGif } from "./probe-gif.ts";
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
