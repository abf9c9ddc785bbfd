// Transform: the face of the stage: one downloaded body in, the stored image or the reason why there is none out.
import { UsageError } from "../core/errors.ts";
import { type Failure, failure } from "../core/outcome.ts";
import type { JsonValue } from "../core/sample.ts";
import { readBoxes } from "./boxes.ts";
import type { DecodeNote } from "./decoder/decode-note.ts";
import { decodeWeight } from "./decoder/decode-weight.ts";
import type { DecodeResult } from "./decoder/decoder-messages.ts";
import { DecoderPool, type DecoderResources } from "./decoder/decoder-pool.ts";
import { exifJson } from "./exif/exif.ts";
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
  /** The bytes to store: the very buffer that came in where nothing was re-encoded. */
  readonly image: Buffer;
  /** That of the encode format; with `trueExtension` that of the bytes, `bin` where they are no picture. */
  readonly extension: string;
  /** Size of the stored image in pixels; null where nobody looked (`disableAllReencoding`). */
  readonly width: number | null;
  readonly height: number | null;
  /** Size of the downloaded picture, before any orientation tag. */
  readonly originalWidth: number | null;
  readonly originalHeight: number | null;
  /** What the downloaded bytes are (`jpeg`, `heic` ...); null where they are no picture, which only `disableAllReencoding` stores. */
  readonly sourceFormat: string | null;
  /** See `exifJson`; null too without `extractExif`. */
  readonly exif: string | null;
  readonly isReencoded: boolean;
}

/** No image, and why; what is known of the picture all the same. */
export interface TransformFailure {
  readonly ok: false;
  readonly failure: Failure;
  readonly originalWidth?: number;
  readonly originalHeight?: number;
  readonly sourceFormat?: string;
}

/** What became of one body. */
export type TransformResult = TransformedImage | TransformFailure;

/** Turns bodies into stored images; calls may overlap freely, the decoders are shared out among them. */
export interface Transformer {
  /**
   * Blurs the boxes of a metadata cell, if there are any (see `readBoxes`). Whatever is wrong with the picture or its
   * boxes is a result; rejects only when decoders cannot run at all, or after `close`. The note is told when a decoder has
   * the picture, and tells what it is known for.
   */
  transform(body: Buffer, boxes?: JsonValue, note?: DecodeNote): Promise<TransformResult>;
  /** Starts a decoder process while the first picture is still on its way, where most pictures may need one. */
  warm(): void;
  /** The numbers of the decoder processes that run now. */
  readonly pids: readonly number[];
  /** Ends the decoder processes; what is unfinished rejects. */
  close(): Promise<void>;
}

/** Makes a transformer; processes start with the first picture that needs one, or by `warm`. Throws UsageError for options that exclude each other. */
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
    // The command line refuses the two together; an original with something to blur is not stored whoever asks.
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
  // What ends early is never stored as it came: where it is accepted, it becomes a whole file of what there is.
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

/** Transparent pictures are always flattened on white, as the peer does; of a rare JPEG the decoder has to say that it can be read. */
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
