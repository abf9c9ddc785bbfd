// Tells what kind of picture some bytes are and how large, without decoding any of it.
import { foreignFormat } from "./foreign-formats.ts";
import { IMAGE_FORMATS } from "./image-formats.ts";
import type { ImageHeader } from "./image-header.ts";

/** A picture that can be decoded, a picture that cannot, or no picture. */
export type Probe =
  | { readonly kind: "image"; readonly header: ImageHeader }
  | { readonly kind: "unsupported"; readonly format: string }
  | { readonly kind: "unknown" };

const DECODED = Object.values(IMAGE_FORMATS);

/** Recognises bytes by their beginning. Never throws, whatever the bytes. */
export function probe(body: Buffer): Probe {
  for (const format of DECODED) {
    const header = format.probe(body);
    if (header) return { kind: "image", header };
  }
  const format = foreignFormat(body);
  return format === undefined ? { kind: "unknown" } : { kind: "unsupported", format };
}
