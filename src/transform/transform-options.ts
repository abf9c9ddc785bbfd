// Options of the stored images, under img2dataset's names.

/** How a picture is brought to `imageSize`: img2dataset's five modes. */
export type ResizeMode = "no" | "border" | "keep_ratio" | "keep_ratio_largest" | "center_crop";

/** img2dataset's interpolation names. The command line resolves its aliases `bilinear`, `bicubic` and `lanczos4`. */
export type Interpolation = "nearest" | "linear" | "cubic" | "area" | "lanczos";

/** The format that images are stored in; also their file extension. */
export type EncodeFormat = "jpg" | "png" | "webp" | "avif";

/** Everything that decides which images are stored and what they look like. All of it is part of a run's identity. */
export interface TransformOptions {
  /** Target side in pixels. */
  readonly imageSize: number;
  readonly resizeMode: ResizeMode;
  /**
   * Leave a picture alone if its reference side is at most `imageSize`: the smaller side, or the larger for border and
   * keep_ratio_largest.
   */
  readonly resizeOnlyIfBigger: boolean;
  /** Enlarge a picture that is smaller than `imageSize`. If false, it keeps its pixels and is only padded or cropped. */
  readonly upscale: boolean;
  readonly upscaleInterpolation: Interpolation;
  readonly downscaleInterpolation: Interpolation;
  readonly encodeFormat: EncodeFormat;
  /** jpg and avif 1-100; webp 1-100, lossless above; png the compression level 0-9. */
  readonly encodeQuality: number;
  /** Store the downloaded bytes if no pixel would change and the format is the target's. */
  readonly skipReencode: boolean;
  /** Store the downloaded bytes whatever they are, without looking at the picture. */
  readonly disableAllReencoding: boolean;
  /** With `disableAllReencoding`: take the file extension from what the bytes are, not from `encodeFormat`. */
  readonly trueExtension: boolean;
  /** Turn pictures as their EXIF orientation says. */
  readonly orient: boolean;
  /** Decode a picture that ends early as far as it goes, instead of refusing it. */
  readonly acceptTruncated: boolean;
  /** Refuse a picture whose smaller side is under this many pixels; 0 refuses none. */
  readonly minImageSize: number;
  /** Refuse a picture of more pixels; Infinity refuses none. */
  readonly maxImageArea: number;
  /** Refuse a picture whose longer side / shorter side is greater; Infinity refuses none. */
  readonly maxAspectRatio: number;
  readonly extractExif: boolean;
  /** Do not decode a picture whose header announces more pixels. */
  readonly maxPixels: number;
  /** Also decode the pictures whose downloaded bytes are stored, so that no picture in a shard is broken. */
  readonly verifyImages: boolean;
  /** How long in milliseconds the decoder may work on one picture. */
  readonly decodeTimeoutMs: number;
}

/** The defaults: img2dataset's if it has the option; 10^8 pixels, because a progressive JPEG of that size takes up to 600 MB. */
export const DEFAULT_TRANSFORM_OPTIONS: TransformOptions = {
  imageSize: 256,
  resizeMode: "border",
  resizeOnlyIfBigger: false,
  upscale: true,
  upscaleInterpolation: "lanczos",
  downscaleInterpolation: "area",
  encodeFormat: "jpg",
  encodeQuality: 95,
  skipReencode: false,
  disableAllReencoding: false,
  trueExtension: false,
  orient: false,
  acceptTruncated: false,
  minImageSize: 0,
  maxImageArea: Number.POSITIVE_INFINITY,
  maxAspectRatio: Number.POSITIVE_INFINITY,
  extractExif: true,
  maxPixels: 100e6,
  verifyImages: false,
  decodeTimeoutMs: 20_000,
};
