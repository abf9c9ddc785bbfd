// Stage: shard. What a packed sample consists of: its image, its caption, its JSON, named as the field's loaders expect.
import { type Fractions, stringifyExact } from "../core/json.ts";
import type { JsonValue, Sample } from "../core/sample.ts";

/** What the transform stage made of a sample, as far as its record tells. */
export interface StoredImage {
  readonly image: Buffer;
  /** Without a dot: `jpg`, `png`, `webp`, `avif`. */
  readonly extension: string;
  /** Pixels of the stored image; null where nothing was decoded. */
  readonly width: number | null;
  readonly height: number | null;
  readonly originalWidth: number | null;
  readonly originalHeight: number | null;
  /** A JSON text of EXIF tags; undefined where none was asked for. */
  readonly exif?: string | null;
}

/** A digest of the downloaded bytes under the name of its algorithm. */
export interface Digest {
  readonly algorithm: "md5" | "sha256" | "sha512";
  readonly hex: string;
}

/** One member of a shard, its name without the key: `jpg`, `json`, `txt`. */
export interface Entry {
  readonly extension: string;
  readonly body: Buffer;
}

/**
 * What a sample's JSON says, in the peer's order: the carried columns, then the peer's fields; with captions, `caption`
 * comes before them.
 */
export function sampleRecord(
  sample: Sample,
  stored: StoredImage,
  digest: Digest | undefined,
  withCaption: boolean,
): Readonly<Record<string, JsonValue>> {
  return {
    ...sample.columns,
    ...(withCaption ? { caption: sample.caption } : {}),
    url: sample.url,
    key: sample.key,
    status: "success",
    error_message: null,
    width: stored.width,
    height: stored.height,
    original_width: stored.originalWidth,
    original_height: stored.originalHeight,
    ...(stored.exif === undefined ? {} : { exif: stored.exif }),
    ...(digest ? { [digest.algorithm]: digest.hex } : {}),
  };
}

/**
 * The members of a sample as files or in a tar, in the order of their extensions as the peer's loaders write them: jpg, json,
 * txt. `fractions` are those of the carried columns.
 */
export function sampleEntries(
  sample: Sample,
  stored: StoredImage,
  digest: Digest | undefined,
  withCaption: boolean,
  fractions: ReadonlyMap<string, Fractions>,
): Entry[] {
  const json = stringifyExact(sampleRecord(sample, stored, digest, withCaption), { members: fractions });
  const entries = [
    { extension: stored.extension, body: stored.image },
    { extension: "json", body: Buffer.from(json) },
  ];
  if (withCaption) entries.push({ extension: "txt", body: Buffer.from(captionText(sample.caption)) });
  return entries.sort((left, right) => (left.extension < right.extension ? -1 : 1));
}

/** The caption as a text file: empty where there is none, without the NULs at which some readers stop. */
export function captionText(caption: string | null): string {
  return caption?.replaceAll("\0", "") ?? "";
}
