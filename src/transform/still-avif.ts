// Transform: the first picture of an AVIF sequence, in the form in which the decoder takes it.
import { isoBrands } from "./probe-avif.ts";

/** Where the major brand stands: behind the box's length and its type. */
const MAJOR_BRAND_AT = 8;

/**
 * An animation that is also a still picture, as every AVIF sequence should be, with the still picture's brand first: libvips
 * goes by the first brand and knows none for sequences. Any other bytes are returned themselves.
 */
export function stillAvif(body: Buffer): Buffer {
  const [major, ...others] = isoBrands(body);
  if (major !== "avis" || !others.includes("avif")) return body;
  const still = Buffer.from(body);
  still.write("avif", MAJOR_BRAND_AT, "latin1");
  return still;
}
