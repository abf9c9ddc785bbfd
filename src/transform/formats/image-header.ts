// Transform: what a picture's header says, the answer of every per-format probe.

/** The formats that are decoded. */
export type SourceFormat = "jpeg" | "png" | "webp" | "gif" | "avif";

/** What a header says. A size that it does not say, or says to be 0, is absent: the decoder has the last word. */
export interface ImageHeader {
  readonly format: SourceFormat;
  /** Size in pixels before any orientation tag; absent as a pair. */
  readonly size?: { readonly width: number; readonly height: number };
  /** How many pixels there are at most, of an AVIF whose size is absent because it is tiled, turned or cut. */
  readonly mostPixels?: number;
  /** Whether pixels may be transparent. */
  readonly hasAlpha: boolean;
  /** Colours that are stored multiplied by their opacity, in AVIF only; absent means no. */
  readonly isPremultiplied?: boolean;
  /** One channel and no alpha. */
  readonly isGrey: boolean;
  /** Four channels of ink, in JPEG only; absent means no. */
  readonly isCmyk?: boolean;
  /** A JPEG whose scans must all be in memory, or an interlaced PNG. */
  readonly isProgressive: boolean;
  /** A JPEG that is not progressive and yet has its channels in scans of their own; absent means no. */
  readonly isMultiScan?: boolean;
  /** A kind that hardly anything reads: a lossless or hierarchical JPEG, one of other than 8 bits, Apple's PNG; absent means no. */
  readonly isRare?: boolean;
  /** Byte offset behind the header: for JPEG the first scan's marker. Absent where the bytes end before it. */
  readonly dataOffset?: number;
}

/** The `size` of a header, left out where a side is 0. */
export function sizeOf(width: number, height: number): Pick<ImageHeader, "size"> {
  return width > 0 && height > 0 ? { size: { width, height } } : {};
}
