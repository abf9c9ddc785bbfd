// The conductor: what makes an output the output of one run and of no other, and how to say what differs.
import { createHash } from "node:crypto";
import { OutputError } from "../core/errors.ts";

/** The part of a run's description that must be equal for a second start to continue the first. */
export type Identity = Readonly<Record<string, unknown>>;

/** A short name of an identity: 16 hex digits of SHA-256 over its canonical JSON. */
export function identityDigest(identity: Identity): string {
  return createHash("sha256").update(canonical(identity)).digest("hex").slice(0, 16);
}

/** The names of what differs between two identities. */
export function differences(existing: Identity, wanted: Identity): string[] {
  const names = [...new Set([...Object.keys(existing), ...Object.keys(wanted)])];
  return names.filter((name) => canonical(existing[name]) !== canonical(wanted[name]));
}

/** Throws an OutputError that names every difference between what the output belongs to and what was asked for. */
export function insistOnIdentity(output: string, what: string, existing: Identity, wanted: Identity, hint?: string): void {
  const different = differences(existing, wanted);
  if (different.length === 0) return;
  const lines = different.map(
    (name) => `  ${OPTION_NAMES[name] ?? name}: it has ${shorten(existing[name])}, you ask for ${shorten(wanted[name])}`,
  );
  throw new OutputError(
    `${output} holds another ${what}:\n${lines.join("\n")}`,
    hint ?? "Name another --output, or give the options that this one was made with.",
  );
}

/** What of an identity is an option, and how it is called on the command line. */
const OPTION_NAMES: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({
    samplesPerShard: "number-sample-per-shard",
    shardDigits: "oom-shard-count",
    urlColumn: "url-col",
    captionColumn: "caption-col",
    additionalColumns: "save-additional-columns",
    boxColumn: "bbox-col",
    blockList: "block-list",
    maxPixels: "max-decoded-pixels",
    seed: "seed",
    partitions: "partitions",
    compression: "compression",
    row_group_rows: "row-group-size",
    swapped_sizes: "swapped-sizes",
    limit: "limit",
    sample: "sample",
    ...Object.fromEntries(
      "imageSize resizeMode resizeOnlyIfBigger upscaleInterpolation downscaleInterpolation encodeFormat encodeQuality skipReencode disableAllReencoding minImageSize maxImageArea maxAspectRatio extractExif verifyImages outputFormat computeHash verifyHash upscale orient acceptTruncated trueExtension"
        .split(" ")
        .map((name) => [name, name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)]),
    ),
  }).map(([name, option]) => [name, `--${option}`]),
);

/** JSON with sorted names, so that equal values have equal texts. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    return `{${members
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`)
      .join(",")}}`;
  }
  return JSON.stringify(value) ?? "null";
}

function shorten(value: unknown): string {
  const text = typeof value === "string" ? JSON.stringify(value) : canonical(value);
  return text.length > 160 ? `${text.slice(0, 157)}...` : text;
}
