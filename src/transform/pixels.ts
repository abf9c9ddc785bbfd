// Decoded pixels between two pipelines, for orders of steps that one libvips pipeline cannot do.
import sharp, { type Sharp } from "sharp";

/** Rows from the top, one byte a channel: grey, or red, green, blue. */
export interface Pixels {
  readonly data: Buffer;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
}

/** Runs a pipeline without transparency to its pixels. Rejects as the pipeline does. */
export async function toPixels(pipeline: Sharp, isGrey: boolean): Promise<Pixels> {
  const output = pipeline.toColourspace(isGrey ? "b-w" : "srgb").raw({ depth: "uchar" });
  const { data, info } = await output.toBuffer({ resolveWithObject: true });
  if (info.channels !== 1 && info.channels !== 3) throw new Error(`${info.channels} channels where 1 or 3 were expected`);
  return { data, width: info.width, height: info.height, channels: info.channels };
}

/** A pipeline that begins with pixels. */
export function fromPixels({ data, width, height, channels }: Pixels): Sharp {
  return sharp(data, { raw: { width, height, channels }, limitInputPixels: false });
}
