// Differences from img2dataset that are intended, each with a name and a reason.
import type { CompareRun } from "./job.ts";
import type { Aspect, Difference } from "./samples.ts";

/** An intended difference. */
export interface Exception {
  readonly name: string;
  /** Printed in the report. */
  readonly reason: string;
  readonly aspect: Aspect;
  readonly applies: (difference: Difference, run: CompareRun) => boolean;
}

const ofKind =
  (...kinds: readonly string[]) =>
  ({ kind }: Difference): boolean =>
    kinds.includes(kind);

/** All intended differences; each covers as little as possible. */
export const EXCEPTIONS: readonly Exception[] = [
  {
    name: "BMP, TIFF",
    reason: "not decoded here; the row says `unsupported_format`",
    aspect: "stored",
    applies: (difference) => ofKind("bmp", "tiff")(difference) && difference.subject === "only the peer's",
  },
  {
    name: "too long",
    reason: "both refuse a strip that would become longer than any decoder takes; img2dataset's message is a Python error",
    aspect: "error",
    applies: (difference) =>
      ofKind("shape")(difference) && difference.ours.startsWith("failed_to_resize") && difference.peers.startsWith("failed_to_resize"),
  },
  {
    name: "strip",
    reason: "a strip that would have to be enlarged beyond `--max-decoded-pixels` before it is cropped is refused",
    aspect: "stored",
    applies: (difference) =>
      ofKind("shape")(difference) && difference.subject === "only the peer's" && difference.ours.startsWith("failed_to_resize"),
  },
  {
    name: "CMYK",
    reason: "converted by the inks' colours; OpenCV inverts and multiplies",
    aspect: "pixels",
    applies: ofKind("jpeg-cmyk"),
  },
  {
    name: "wide gamut",
    reason: "converted to sRGB; OpenCV ignores the profile, so that the colours become duller",
    aspect: "pixels",
    applies: ofKind("jpeg-p3"),
  },
  {
    name: "16 bit",
    reason: "scaled to 8 bit; OpenCV cuts off, so that nearly everything becomes white",
    aspect: "pixels",
    applies: ofKind("png-16"),
  },
  {
    name: "empty body",
    reason: "a failed download here; img2dataset hands it to OpenCV",
    aspect: "error",
    applies: ofKind("empty"),
  },
  {
    name: "redirect loop",
    reason: "`unusable redirect` here; img2dataset gives the last redirect's status",
    aspect: "error",
    applies: ofKind("redirect-loop"),
  },
  {
    name: "ComponentsConfiguration",
    reason: "the EXIF tag's bytes here; its reader has four unprintable characters",
    aspect: "exif",
    applies: ({ subject, peers }) => subject === "EXIF ComponentsConfiguration" && /^"(YCbCr)?"$/.test(peers),
  },
];

/** The exception that covers a difference; undefined if none does. */
export function exceptionFor(difference: Difference, run: CompareRun): Exception | undefined {
  return EXCEPTIONS.find(({ aspect, applies }) => aspect === difference.aspect && applies(difference, run));
}
