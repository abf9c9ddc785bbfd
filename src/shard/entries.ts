// The members of a packed sample: image, caption and JSON, named as loaders expect.
import { type Fractions, stringifyExact } from "../core/json.ts";
import type { JsonValue, Sample } from "../core/sample.ts";

/** A transformed image with what the record says of it. */
export interface StoredImage {
  readonly image: Buffer;
  /** Without a dot: `jpg`, `png`, `webp`, `avif`. */
  readonly extension: string;
  /** Pixels of the stored image; null if it was not decoded. */
  readonly width: number | null;
  readonly height: number | null;
  readonly originalWidth: number | null;
  readonly originalHeight: number | null;
  /** EXIF tags as a JSON text; undefined unless EXIF was asked for. */
  readonly exif?: string | null;
}

/** A digest of the downloaded bytes. */
export interface Digest {
  readonly algorithm: "md5" | "sha256" | "sha512";
  readonly hex: string;
}

/** A member of a sample. Its name is the key, a dot and this extension: `jpg`, `json`, `txt`. */
export interface Entry {
  readonly extension: string;
  readonly body: Buffer;
}

/** The fields of a sample's JSON in img2dataset's order: the carried columns, `caption` if there are captions, the others. */
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
 * The members of a sample for a tar or a folder, in the order of their extensions, as img2dataset writes them: jpg, json, txt.
 * `fractions` names the carried columns whose numbers are written with a point, `1.0`.
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

/** The caption as a text file: empty if there is none, and without NULs, at which some readers stop. */
export function captionText(caption: string | null): string {
  return caption?.replaceAll("\0", "") ?? "";
}
