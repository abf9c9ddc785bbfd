// Transform: what the user can ask of the stored images, under img2dataset's names; read by every file of this stage.

/** How a picture is brought to `imageSize`: img2dataset's five modes. */
export type ResizeMode = "no" | "border" | "keep_ratio" | "keep_ratio_largest" | "center_crop";

/** img2dataset's interpolation names (`bilinear`, `bicubic` and `lanczos4` are aliases that the command line resolves). */
export type Interpolation = "nearest" | "linear" | "cubic" | "area" | "lanczos";

/** The container that images are stored in; also their file extension. */
export type EncodeFormat = "jpg" | "png" | "webp" | "avif";

/** Everything that shapes a stored image. All of it is part of a run's identity except `decodeTimeoutMs`. */
export interface TransformOptions {
  /** Target side in pixels. */
  readonly imageSize: number;
  readonly resizeMode: ResizeMode;
  /** Leave a picture alone whose reference side is not over `imageSize`: the smaller side, or the larger for border and keep_ratio_largest. */
  readonly resizeOnlyIfBigger: boolean;
  /** Enlarge a picture that is smaller than `imageSize`; where not, it keeps its pixels and is only padded or cropped. */
  readonly upscale: boolean;
  readonly upscaleInterpolation: Interpolation;
  readonly downscaleInterpolation: Interpolation;
  readonly encodeFormat: EncodeFormat;
  /** jpg and avif 1-100; webp 1-100, lossless above; png the compression level 0-9. */
  readonly encodeQuality: number;
  /** Store the downloaded bytes where no pixel would change and the container is the target's. */
  readonly skipReencode: boolean;
  /** Store the downloaded bytes whatever they are, without looking at the picture. */
  readonly disableAllReencoding: boolean;
  /** With `disableAllReencoding`: name what is stored by what it is, not by `encodeFormat`. */
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
  /** A header that announces more pixels is not decoded. */
  readonly maxPixels: number;
  /** Decode the pictures too whose bytes are stored as they came, so that none in a shard is broken. */
  readonly verifyImages: boolean;
  /** How long the decoder may work on one picture before it is given up, in milliseconds. */
  readonly decodeTimeoutMs: number;
}

/** The defaults: img2dataset's where it has the option; 10^8 pixels, because a progressive JPEG of that size takes up to 600 MB. */
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
