// A sample as a training loader reads it.
import type { JsonValue } from "../core/sample.ts";

/** A field of a sample. Only parquet columns give bytes. */
export type FieldValue = JsonValue | Buffer;

/** A sample: its key, and its image, caption (`txt`) and JSON by extension. Formats without members have no JSON. */
export interface LoadedSample {
  readonly key: string;
  readonly members: ReadonlyMap<string, Buffer>;
  /** Columns or features beside the members; absent if the JSON has all of them. */
  readonly fields?: Readonly<Record<string, FieldValue>>;
}

/** Names of images in shards: extensions of members, or names of columns or features. */
export const IMAGE_NAMES: ReadonlySet<string> = new Set(["jpg", "png", "webp", "avif"]);
