// Shards become samples again: what a sample is when it is read.
import type { JsonValue } from "../core/sample.ts";

/** A field of a sample; bytes only where a parquet column holds them. */
export type FieldValue = JsonValue | Buffer;

/** A sample: its key, and its image, caption (`txt`) and JSON by extension, as far as the format has them as such. */
export interface LoadedSample {
  readonly key: string;
  readonly members: ReadonlyMap<string, Buffer>;
  /** The columns or features beside them; absent where the JSON says it all. */
  readonly fields?: Readonly<Record<string, FieldValue>>;
}

/** What images are called in shards: the extension of a member, a column or a feature. */
export const IMAGE_NAMES: ReadonlySet<string> = new Set(["jpg", "png", "webp", "avif"]);
