// Transform: bytes to the stored image, by sharp; runs inside a decoder process.
import sharp, { type Sharp } from "sharp";
import { type Failure, failure } from "../core/outcome.ts";
import { blurBoxes } from "./blur-boxes.ts";
import { hasSrgbProfile } from "./colour-profile.ts";
import type { DecodeJob, DecodeResult } from "./decoder/decoder-messages.ts";
import { encodeAs } from "./encoding.ts";
import { enlarge } from "./enlarge.ts";
import { isSideways, upright } from "./exif/orientation.ts";
import type { FitPlan } from "./fit.ts";
import { IMAGE_FORMATS, reachesItsEnd } from "./formats/image-formats.ts";
import type { ImageHeader } from "./formats/image-header.ts";
import { stripJpeg } from "./formats/strip-jpeg.ts";
import { fromPixels, toPixels } from "./pixels.ts";
import { planPicture } from "./plan-picture.ts";
import { unmultiplied } from "./premultiplied.ts";
import type { Interpolation, TransformOptions } from "./transform-options.ts";

const WHITE = "#ffffff";
type Kernel = "nearest" | "linear" | "cubic" | "lanczos3";

// Of the kernels of libvips, cubic comes closest to OpenCV's INTER_AREA when it shrinks, linear when it enlarges.
const SHRINK_KERNELS: Readonly<Record<Interpolation, Kernel>> = {
  nearest: "nearest",
  linear: "linear",
  cubic: "cubic",
  area: "cubic",
  lanczos: "lanczos3",
};
const ENLARGE_KERNELS: Readonly<Record<Interpolation, Kernel>> = { ...SHRINK_KERNELS, area: "linear" };
/** Strips can need many more pixels than any target; so long ones are left to libvips, which needs no copy of them in memory. */
const MAX_ENLARGED_PIXELS = 4e6;

/** Settles libvips for the life of the process: one thread per picture, no cache, and no loaders but those of five formats. */
export function settleSharp(): void {
  sharp.concurrency(1);
  sharp.cache(false);
  const loaders = Object.values(IMAGE_FORMATS).map(({ loader }) => `VipsForeignLoad${loader}Buffer`);
  sharp.block({ operation: ["VipsForeignLoad"] });
  sharp.unblock({ operation: loaders });
}

/** Decodes, resizes and encodes one picture, or decodes it only. Whatever is wrong with it is a result: this never rejects. */
export async function transformImage(body: Buffer, job: DecodeJob): Promise<DecodeResult> {
  const { options, header } = job;
  const format = IMAGE_FORMATS[header.format];
  let size = header.size;
  try {
    size ??= await measure(body, header, options);
    const { width: originalWidth, height: originalHeight } = size;
    const plan = planPicture(originalWidth, originalHeight, options, job.orientation);
    if ("code" in plan) return { ok: false, failure: plan, originalWidth, originalHeight };
    if (!options.acceptTruncated && format.lacksUnreadBytes(body, header)) {
      return { ok: false, failure: failure("truncated"), originalWidth, originalHeight };
    }
    const damage = options.acceptTruncated ? undefined : format.findSilentDamage(body);
    if (damage !== undefined) throw new Error(damage);
    // Told to verify, what libjpeg only warns of is not stored in another size either; twice the work, for who asks for it.
    const isVerifiedFirst = options.verifyImages && header.format === "jpeg" && !options.acceptTruncated;
    if (job.purpose === "verify" || isVerifiedFirst) await decodeOnly(body, header, originalHeight, options);
    if (job.purpose === "verify") {
      return { ok: true, image: Buffer.alloc(0), width: originalWidth, height: originalHeight, originalWidth, originalHeight };
    }
    const { data, info } = await (await store(body, plan, job)).toBuffer({ resolveWithObject: true });
    return { ok: true, image: data, width: info.width, height: info.height, originalWidth, originalHeight };
  } catch (error) {
    const known = size ? { originalWidth: size.width, originalHeight: size.height } : {};
    return { ok: false, failure: failureOf(error, body, header), ...known };
  }
}

type FailOn = "none" | "error" | "warning";

interface OpenOptions {
  readonly failOn?: FailOn;
  readonly ignoreIcc?: boolean;
}

function open(body: Buffer, header: ImageHeader, options: TransformOptions, { failOn, ignoreIcc = false }: OpenOptions = {}): Sharp {
  const input = sharp(IMAGE_FORMATS[header.format].repair(body), {
    // Left at "truncated", libvips takes a PNG whose checksums are wrong, and half of it may be black.
    failOn: failOn ?? (options.acceptTruncated ? "none" : "error"),
    limitInputPixels: options.maxPixels,
    pages: 1,
    sequentialRead: true,
    ignoreIcc,
  });
  return input.timeout({ seconds: Math.min(3600, Math.max(1, Math.ceil(options.decodeTimeoutMs / 1000))) });
}

async function measure(body: Buffer, header: ImageHeader, options: TransformOptions): Promise<NonNullable<ImageHeader["size"]>> {
  const { width, height, pageHeight } = await open(body, header, options).metadata();
  return { width, height: pageHeight ?? height };
}

async function store(body: Buffer, plan: FitPlan, job: DecodeJob): Promise<Sharp> {
  const { header, options, boxes = [], orientation = 1 } = job;
  const opened = open(body, header, options, { ignoreIcc: hasSrgbProfile(body, header) });
  let pipeline = (header.isPremultiplied ? await unmultiplied(opened) : opened).flatten({ background: WHITE });
  // An exact target: left to itself, sharp is one pixel off for one large JPEG in twenty.
  if (plan.isResized) {
    // The plan is for the upright picture, and it is turned only afterwards.
    const [width, height] = isSideways(orientation) ? [plan.scaledHeight, plan.scaledWidth] : [plan.scaledWidth, plan.scaledHeight];
    const interpolation = plan.isDownscale ? options.downscaleInterpolation : options.upscaleInterpolation;
    const kernel = plan.isDownscale ? SHRINK_KERNELS[interpolation] : ENLARGE_KERNELS[interpolation];
    if (header.isCmyk && plan.isDownscale) {
      pipeline = sharp(await shrunkInks(open(body, header, options), width, height, kernel));
    } else if (plan.isDownscale || width * height > MAX_ENLARGED_PIXELS) {
      pipeline = pipeline.resize(width, height, { fit: "fill", kernel });
    } else {
      pipeline = fromPixels(enlarge(await toPixels(pipeline, header.isGrey), width, height, interpolation));
    }
  }
  if (boxes.length > 0 || orientation !== 1) {
    const blurred = await blurBoxes(await toPixels(pipeline, header.isGrey), boxes);
    pipeline = fromPixels(await upright(blurred, orientation));
  }
  // After the resize, so that the decoder may still shrink while it reads.
  if (plan.crop) pipeline = pipeline.extract({ ...plan.crop, width: plan.outWidth, height: plan.outHeight });
  if (plan.pad) pipeline = pipeline.extend({ ...plan.pad, background: WHITE });
  if (header.isGrey) pipeline = pipeline.toColourspace("b-w");
  return encodeAs(pipeline, options.encodeFormat, options.encodeQuality);
}

/**
 * A CMYK picture of its target size, still CMYK. Inks cost 100 ns a pixel to turn into sRGB, ten times what all else costs, and
 * sharp does it before it shrinks. JPEG at quality 100 is the one container of both, and is 43 dB and more from the direct way.
 */
function shrunkInks(pipeline: Sharp, width: number, height: number, kernel: Kernel): Promise<Buffer> {
  const shrunk = pipeline.pipelineColourspace("cmyk").resize(width, height, { fit: "fill", kernel });
  return shrunk.toColourspace("cmyk").keepIccProfile().jpeg({ quality: 100, chromaSubsampling: "4:4:4", optimiseCoding: false }).toBuffer();
}

async function decodeOnly(body: Buffer, header: ImageHeader, height: number, options: TransformOptions): Promise<void> {
  // A JPEG that lacks half its rows but has an end marker is a mere warning to libjpeg; PNG warns of harmless profiles.
  const failOn = header.format === "jpeg" ? "warning" : "error";
  // Shrunk to a column, so that no more than a few rows are in memory; to a dot, libvips would leave out the last rows.
  const stripped = stripJpeg(body, header);
  await open(stripped, header, options, { failOn })
    .resize(1, height, { fit: "fill", kernel: "linear", fastShrinkOnLoad: false })
    .raw()
    .toBuffer();
}

function failureOf(error: unknown, body: Buffer, header: ImageHeader): Failure {
  // libheif seeks behind the file to find its end; what libvips notes of that is no reason, and comes first.
  const text = (error instanceof Error ? error.message : String(error)).replace(/source: bad seek to \d+\n/g, "");
  if (/^timeout:/.test(text)) return failure("decode_timeout", text);
  if (/exceeds pixel limit/.test(text)) return failure("too_many_pixels", text);
  if (/image is too large for the/.test(text)) return failure("encode_failed", text);
  // Only libjpeg says it in so many words.
  if (/premature end/.test(text) || !reachesItsEnd(body, header)) return failure("truncated", text);
  return failure("decode_failed", text);
}
