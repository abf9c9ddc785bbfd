// Restores colours that are stored multiplied by their opacity, which libvips does not do.
import sharp, { type Sharp } from "sharp";

/** Decodes such a picture and starts a pipeline with its true colours. Rejects as the pipeline does. */
export async function unmultiplied(pipeline: Sharp): Promise<Sharp> {
  const output = pipeline.toColourspace("srgb").raw({ depth: "uchar" });
  const { data, info } = await output.toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  return sharp(data, { raw: { width, height, channels, premultiplied: true }, limitInputPixels: false });
}
