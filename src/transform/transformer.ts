// The transformer: takes a downloaded body, returns the stored image or why there is none.
import { UsageError } from "../core/errors.ts";
import { type Failure, failure } from "../core/outcome.ts";
import type { JsonValue } from "../core/sample.ts";
import { readBoxes } from "./boxes.ts";
import type { DecodeNote } from "./decoder/decode-note.ts";
import { decodeWeight } from "./decoder/decode-weight.ts";
import type { DecodeResult } from "./decoder/decoder-messages.ts";
import { DecoderPool, type DecoderResources } from "./decoder/decoder-pool.ts";
import { exifJson } from "./exif/exif-json.ts";
import { orientationOf } from "./exif/orientation.ts";
import type { FitPlan } from "./fit.ts";
import { IMAGE_FORMATS, reachesItsEnd } from "./formats/image-formats.ts";
import type { ImageHeader } from "./formats/image-header.ts";
import { type Probe, probe } from "./formats/probe.ts";
import { planPicture } from "./plan-picture.ts";
import type { TransformOptions } from "./transform-options.ts";

export type { EncodeFormat, Interpolation, ResizeMode, TransformOptions } from "./transform-options.ts";

/** A stored image. */
export interface TransformedImage {
  readonly ok: true;
  /** The bytes to store: the very buffer that came in if nothing was re-encoded. */
  readonly image: Buffer;
  /** The extension of the encode format. With `trueExtension` that of the bytes, `bin` if they are no picture. */
  readonly extension: string;
  /** Size of the stored image in pixels; null if it is not looked at (`disableAllReencoding`). */
  readonly width: number | null;
  readonly height: number | null;
  /** Size of the downloaded picture, before any orientation tag. */
  readonly originalWidth: number | null;
  readonly originalHeight: number | null;
  /** What the downloaded bytes are (`jpeg`, `heic` ...); null if they are no picture, which only `disableAllReencoding` stores. */
  readonly sourceFormat: string | null;
  /** See `exifJson`; also null without `extractExif`. */
  readonly exif: string | null;
  readonly isReencoded: boolean;
}

/** Why there is no image, and what is known of the picture nevertheless. */
export interface TransformFailure {
  readonly ok: false;
  readonly failure: Failure;
  readonly originalWidth?: number;
  readonly originalHeight?: number;
  readonly sourceFormat?: string;
}

/** The result for one body. */
export type TransformResult = TransformedImage | TransformFailure;

/** Turns bodies into stored images. Calls may overlap; they share the decoders. */
export interface Transformer {
  /**
   * Transforms one body, and blurs the boxes of a metadata cell (see `readBoxes`). Whatever is wrong with the picture or its
   * boxes is a result. Rejects only if decoders cannot run at all, or after `close`. `note` records while a decoder has the
   * picture, and tells how many workers died with it.
   */
  transform(body: Buffer, boxes?: JsonValue, note?: DecodeNote): Promise<TransformResult>;
  /** Starts a decoder process while the first picture is still on its way, if most pictures will need one. */
  warm(): void;
  /** Process ids of the decoders that run now. */
  readonly pids: readonly number[];
  /** Ends the decoder processes. Unfinished pictures reject. */
  close(): Promise<void>;
}

/**
 * Creates a transformer. Processes start with the first picture that needs one, or by `warm`. Throws UsageError for options that
 * exclude each other.
 */
export function createTransformer(options: TransformOptions, resources: DecoderResources): Transformer {
  if (options.encodeFormat === "png" && !(options.encodeQuality >= 0 && options.encodeQuality <= 9)) {
    throw new UsageError(
      `For png the encode quality is a compression level from 0 to 9, not ${options.encodeQuality}`,
      "Set --encode-quality.",
    );
  }
  const pool = new DecoderPool(resources);
  return {
    transform: (body, boxes, note) => transform(body, boxes, options, pool, note),
    warm: () => {
      const areMostStoredAsTheyCame = options.disableAllReencoding || (options.skipReencode && options.resizeMode === "no");
      if (!areMostStoredAsTheyCame) pool.warm();
    },
    get pids() {
      return pool.pids;
    },
    close: () => pool.close(),
  };
}

async function transform(
  body: Buffer,
  cell: JsonValue | undefined,
  options: TransformOptions,
  pool: DecoderPool,
  note: DecodeNote | undefined,
): Promise<TransformResult> {
  if (body.length === 0) return { ok: false, failure: failure("empty_body") };
  const probed = probe(body);
  const boxes = readBoxes(cell);
  const known = probed.kind === "image" ? { sourceFormat: probed.header.format } : {};
  if ("found" in boxes) return { ok: false, failure: failure("bad_boxes", boxes.found), ...known };
  if (options.disableAllReencoding) {
    // The command line refuses the two options together. A library caller gets a failure instead of an original that is not
    // blurred.
    if (boxes.length > 0) return { ok: false, failure: failure("bad_boxes", "nothing is blurred without re-encoding"), ...known };
    return unseen(body, probed, options);
  }
  if (probed.kind === "unknown") return { ok: false, failure: failure("not_an_image") };
  if (probed.kind === "unsupported") {
    return { ok: false, failure: failure("unsupported_format", probed.format), sourceFormat: probed.format };
  }
  const { header } = probed;
  const orientation = options.orient ? orientationOf(body, header) : 1;
  const plan = header.size && planPicture(header.size.width, header.size.height, options, orientation);
  if (plan && "code" in plan) return failed(header, plan);
  const isEdited = boxes.length > 0 || orientation !== 1;
  const weight = decodeWeight(header, plan, isEdited);
  // A picture that ends early is never stored as it came. If it is accepted, it is re-encoded from what there is.
  const isWhole = !options.acceptTruncated || reachesItsEnd(body, header);
  if (plan && header.size && !isEdited && isWhole && mayStayAsItCame(header, plan, options)) {
    if (!reachesItsEnd(body, header)) return failed(header, failure("truncated"));
    if (options.verifyImages) {
      const verified = await pool.decode(body, { purpose: "verify", header, options }, weight, note);
      if (!verified.ok) return failed(header, verified.failure, verified);
    }
    return stored(body, header, { ...header.size, originalWidth: header.size.width, originalHeight: header.size.height }, body, options);
  }
  const decoded = await pool.decode(body, { purpose: "store", header, options, boxes, orientation }, weight, note);
  return decoded.ok ? stored(body, header, decoded, decoded.image, options) : failed(header, decoded.failure, decoded);
}

/** Transparent pictures are always flattened on white, as in img2dataset. Only the decoder can tell whether a rare JPEG is readable. */
function mayStayAsItCame(header: ImageHeader, plan: FitPlan, options: TransformOptions): boolean {
  const isPlain = !header.hasAlpha && !header.isRare;
  return options.skipReencode && !plan.isResized && isPlain && IMAGE_FORMATS[header.format].extension === options.encodeFormat;
}

type Sizes = Pick<Extract<DecodeResult, { ok: true }>, "width" | "height" | "originalWidth" | "originalHeight">;

function stored(body: Buffer, header: ImageHeader, sizes: Sizes, image: Buffer, options: TransformOptions): TransformedImage {
  return {
    ok: true,
    image,
    extension: options.encodeFormat,
    width: sizes.width,
    height: sizes.height,
    originalWidth: sizes.originalWidth,
    originalHeight: sizes.originalHeight,
    sourceFormat: header.format,
    exif: options.extractExif ? exifJson(body, header) : null,
    isReencoded: image !== body,
  };
}

function unseen(body: Buffer, probed: Probe, options: TransformOptions): TransformedImage {
  const header = probed.kind === "image" ? probed.header : undefined;
  const foreign = probed.kind === "unsupported" ? probed.format : null;
  const sourceFormat = header?.format ?? foreign;
  const trueExtension = header ? IMAGE_FORMATS[header.format].extension : (foreign ?? "bin");
  return {
    ok: true,
    image: body,
    extension: options.trueExtension ? trueExtension : options.encodeFormat,
    width: null,
    height: null,
    originalWidth: null,
    originalHeight: null,
    sourceFormat,
    exif: !options.extractExif ? null : header ? exifJson(body, header) : "{}",
    isReencoded: false,
  };
}

function failed(header: ImageHeader, reason: Failure, seen?: Extract<DecodeResult, { ok: false }>): TransformFailure {
  const originalWidth = seen?.originalWidth ?? header.size?.width;
  const originalHeight = seen?.originalHeight ?? header.size?.height;
  return {
    ok: false,
    failure: reason,
    sourceFormat: header.format,
    ...(originalWidth !== undefined && { originalWidth }),
    ...(originalHeight !== undefined && { originalHeight }),
  };
}
