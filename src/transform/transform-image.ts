// Turns a body into the stored image with sharp. Runs inside a decoder process.
import sharp, { type Sharp } from "sharp";
import { type Failure, failure } from "../core/outcome.ts";
import { blurBoxes } from "./blur-boxes.ts";
import { hasSrgbProfile } from "./colour-profile.ts";
import type { DecodeJob, DecodeResult } from "./decoder/decoder-messages.ts";
import { encodeAs } from "./encoders.ts";
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

// Among the kernels of libvips, cubic is closest to OpenCV's INTER_AREA for shrinking, linear for enlarging.
const SHRINK_KERNELS: Readonly<Record<Interpolation, Kernel>> = {
  nearest: "nearest",
  linear: "linear",
  cubic: "cubic",
  area: "cubic",
  lanczos: "lanczos3",
};
const ENLARGE_KERNELS: Readonly<Record<Interpolation, Kernel>> = { ...SHRINK_KERNELS, area: "linear" };
/**
 * A strip can need many more pixels than any target. Larger pictures than this are left to libvips, which needs no copy of them
 * in memory.
 */
const MAX_ENLARGED_PIXELS = 4e6;

/** Configures libvips for the life of the process: one thread for each picture, no cache, and only the loaders of the decoded formats. */
export function settleSharp(): void {
  sharp.concurrency(1);
  sharp.cache(false);
  const loaders = Object.values(IMAGE_FORMATS).map(({ loader }) => `VipsForeignLoad${loader}Buffer`);
  sharp.block({ operation: ["VipsForeignLoad"] });
  sharp.unblock({ operation: loaders });
}

/** Decodes, resizes and encodes one picture, or only decodes it. Whatever is wrong with it is a result: this never rejects. */
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
    // With --verify-images, a resized picture may not have what libjpeg only warns of, either. That decodes it twice.
    const isVerifiedFirst = options.verifyImages && header.format === "jpeg" && !options.acceptTruncated;
    if (job.purpose === "verify" || isVerifiedFirst) await decodeOnly(body, header, originalHeight, options);
    if (job.purpose === "verify") {
      return { ok: true, image: Buffer.alloc(0), width: originalWidth, height: originalHeight, originalWidth, originalHeight };
    }
    const { data, info } = await (await store(body, plan, job)).toBuffer({ resolveWithObject: true });
    return { ok: true, image: data, width: info.width, height: info.height, originalWidth, originalHeight };
  } catch (error) {
    const known = size ? { originalWidth: size.width, originalHeight: size.height } : {};
    return { ok: false, failure: decodeFailure(error, body, header), ...known };
  }
}

type FailOn = "none" | "error" | "warning";

interface OpenOptions {
  readonly failOn?: FailOn;
  readonly ignoreIcc?: boolean;
}

function open(body: Buffer, header: ImageHeader, options: TransformOptions, { failOn, ignoreIcc = false }: OpenOptions = {}): Sharp {
  const input = sharp(IMAGE_FORMATS[header.format].repair(body), {
    // At "truncated", libvips would accept a PNG whose checksums are wrong, and half of it may be black.
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
  // sharp's own rounding is one pixel off for one large JPEG in twenty, so the target is exact.
  if (plan.isResized) {
    // The plan is for the upright picture, which is turned only afterwards.
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
 * A CMYK picture at its target size, still CMYK. Converting inks to sRGB costs 100 ns a pixel, ten times the rest, and sharp
 * would do it before it shrinks. JPEG at quality 100 is the only format that both steps support.
 * The result has a PSNR of at least 43 dB against the direct way.
 */
function shrunkInks(pipeline: Sharp, width: number, height: number, kernel: Kernel): Promise<Buffer> {
  const shrunk = pipeline.pipelineColourspace("cmyk").resize(width, height, { fit: "fill", kernel });
  return shrunk.toColourspace("cmyk").keepIccProfile().jpeg({ quality: 100, chromaSubsampling: "4:4:4", optimiseCoding: false }).toBuffer();
}

async function decodeOnly(body: Buffer, header: ImageHeader, height: number, options: TransformOptions): Promise<void> {
  // To libjpeg, a JPEG that lacks half its rows but has an end marker is a mere warning. PNG warns of harmless profiles.
  const failOn = header.format === "jpeg" ? "warning" : "error";
  // Shrunk to a column, so that only a few rows are in memory. Shrunk to a dot, libvips would leave out the last rows.
  const stripped = stripJpeg(body, header);
  await open(stripped, header, options, { failOn })
    .resize(1, height, { fit: "fill", kernel: "linear", fastShrinkOnLoad: false })
    .raw()
    .toBuffer();
}

function decodeFailure(error: unknown, body: Buffer, header: ImageHeader): Failure {
  // libheif seeks behind the file to find its end. What libvips notes of that comes first and is no reason.
  const text = (error instanceof Error ? error.message : String(error)).replace(/source: bad seek to \d+\n/g, "");
  if (/^timeout:/.test(text)) return failure("decode_timeout", text);
  if (/exceeds pixel limit/.test(text)) return failure("too_many_pixels", text);
  if (/image is too large for the/.test(text)) return failure("encode_failed", text);
  // Only libjpeg names the premature end.
  if (/premature end/.test(text) || !reachesItsEnd(body, header)) return failure("truncated", text);
  return failure("decode_failed", text);
}
