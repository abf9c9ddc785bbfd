// Transform: an AVIF that names another brand first, the sequence's for instance, in the form in which the decoder takes it.
import { isoBrands } from "./probe-avif.ts";

/** Where the major brand stands: behind the box's length and its type. */
const MAJOR_BRAND_AT = 8;

/**
 * A file that is also an AVIF still picture, as every AVIF sequence should be, with the still picture's brand first: libvips
 * goes by the first brand and knows few, while any of them makes it one. Other bytes are returned themselves.
 */
export function stillAvif(body: Buffer): Buffer {
  const [major, ...others] = isoBrands(body);
  if (major === "avif" || !others.includes("avif")) return body;
  const still = Buffer.from(body);
  still.write("avif", MAJOR_BRAND_AT, "latin1");
  return still;
}
