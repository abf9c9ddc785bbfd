// What a picture's header says: the result of each format's probe.

/** The formats that are decoded. */
export type SourceFormat = "jpeg" | "png" | "webp" | "gif" | "avif";

/** What a header says. A size that it does not state, or states as 0, is absent: then the decoder finds it. */
export interface ImageHeader {
  readonly format: SourceFormat;
  /** Size in pixels before any orientation tag; absent as a pair. */
  readonly size?: { readonly width: number; readonly height: number };
  /** Most pixels of an AVIF whose size is absent because it is tiled, turned or cut. */
  readonly mostPixels?: number;
  /** Whether pixels may be transparent. */
  readonly hasAlpha: boolean;
  /** Colours are stored multiplied by their opacity. In AVIF only; absent means no. */
  readonly isPremultiplied?: boolean;
  /** One channel and no alpha. */
  readonly isGrey: boolean;
  /** Four channels of ink. In JPEG only; absent means no. */
  readonly isCmyk?: boolean;
  /** A JPEG whose scans must all be in memory, or an interlaced PNG. */
  readonly isProgressive: boolean;
  /** A JPEG that is not progressive but has a scan for each channel; absent means no. */
  readonly isMultiScan?: boolean;
  /** A kind that hardly any reader accepts: a lossless or hierarchical JPEG, one of other than 8 bits, Apple's PNG. Absent means no. */
  readonly isRare?: boolean;
  /** Offset in bytes behind the header: for JPEG, of the first scan's marker. Absent if the bytes end before it. */
  readonly dataOffset?: number;
}

/** The `size` of a header, absent if a side is 0. */
export function statedSize(width: number, height: number): Pick<ImageHeader, "size"> {
  return width > 0 && height > 0 ? { size: { width, height } } : {};
}
