// Image formats that prep decodes: one row for each, with all that depends on the format.
import { hasAllItems } from "./avif-items.ts";
import { isFirstFrameBroken } from "./broken-gif-frame.ts";
import { avifReachesEnd, gifReachesEnd, jpegReachesEnd, pngReachesEnd, webpReachesEnd } from "./end-markers.ts";
import type { ImageHeader, SourceFormat } from "./image-header.ts";
import { probeAvif } from "./probe-avif.ts";
import { probeGif } from "./probe-gif.ts";
import { probeJpeg } from "./probe-jpeg.ts";
import { probePng } from "./probe-png.ts";
import { probeWebp } from "./probe-webp.ts";
import { coverGif, nameAvifFirst, padWebp } from "./repairs.ts";

/** What prep knows about a format that it decodes. `foreign-formats.ts` lists the formats that it only recognises. */
export interface ImageFormat {
  /** File extension without its dot. */
  readonly extension: string;
  /** libvips's loader: the name between `VipsForeignLoad` and `Buffer`. */
  readonly loader: string;
  /** Reads the header; undefined if the bytes are of another format. Never throws. */
  readonly probe: (body: Buffer) => ImageHeader | undefined;
  /** Makes libvips accept a sound picture; returns the same buffer if there is nothing to repair. */
  readonly repair: (body: Buffer) => Buffer;
  /** Whether the bytes reach the format's end marker. */
  readonly reachesEnd: (body: Buffer, header: ImageHeader) => boolean;
  /** Whether bytes are missing that libvips does not ask for, so that a decode would succeed without them. */
  readonly lacksUnreadBytes: (body: Buffer, header: ImageHeader) => boolean;
  /** Names damage that libvips decodes without an error; undefined if there is none. */
  readonly findSilentDamage: (body: Buffer) => string | undefined;
}

const PLAIN = {
  repair: (body: Buffer) => body,
  lacksUnreadBytes: () => false,
  findSilentDamage: () => undefined,
};

/** The decoded formats. `probe` asks them in this order. */
export const IMAGE_FORMATS: Readonly<Record<SourceFormat, ImageFormat>> = {
  jpeg: {
    ...PLAIN,
    extension: "jpg",
    loader: "Jpeg",
    probe: probeJpeg,
    reachesEnd: jpegReachesEnd,
    // A crop leaves the rows below it undecoded, so nobody would notice that they are missing.
    lacksUnreadBytes: (body, header) => !jpegReachesEnd(body, header),
  },
  png: {
    ...PLAIN,
    extension: "png",
    loader: "Png",
    probe: probePng,
    reachesEnd: pngReachesEnd,
    // No decoder asks for the end marker; of a crop, rows may be missing as in a JPEG.
    lacksUnreadBytes: (body) => !pngReachesEnd(body),
  },
  webp: { ...PLAIN, extension: "webp", loader: "Webp", probe: probeWebp, repair: padWebp, reachesEnd: webpReachesEnd },
  gif: {
    ...PLAIN,
    extension: "gif",
    loader: "Nsgif",
    probe: probeGif,
    repair: coverGif,
    reachesEnd: gifReachesEnd,
    findSilentDamage: (body) => (isFirstFrameBroken(body) ? "the first frame's codes break off" : undefined),
  },
  avif: {
    ...PLAIN,
    extension: "avif",
    loader: "Heif",
    probe: probeAvif,
    repair: nameAvifFirst,
    reachesEnd: avifReachesEnd,
    // The first picture of a sequence is enough to decode it.
    lacksUnreadBytes: (body) => !hasAllItems(body),
  },
};

/**
 * Whether a picture reaches its format's end marker. Damage in the middle goes unseen; bytes behind the end are allowed.
 * For intact pictures the cost grows with the number of chunks, not of bytes.
 */
export function reachesItsEnd(body: Buffer, header: ImageHeader): boolean {
  return IMAGE_FORMATS[header.format].reachesEnd(body, header);
}
