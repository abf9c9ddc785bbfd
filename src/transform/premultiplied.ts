// Transform: pictures whose colours are stored multiplied by their opacity, which the decoder hands on as they are.
import sharp, { type Sharp } from "sharp";

/** Decodes such a picture and begins anew with its true colours. Rejects as the pipeline does. */
export async function unmultiplied(pipeline: Sharp): Promise<Sharp> {
  const output = pipeline.toColourspace("srgb").raw({ depth: "uchar" });
  const { data, info } = await output.toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  return sharp(data, { raw: { width, height, channels, premultiplied: true }, limitInputPixels: false });
}
