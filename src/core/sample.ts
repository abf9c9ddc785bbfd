// Core vocabulary: one selected row on its way into a shard.

/** A value as it is stored in a sample's JSON: bigint for integers beyond 2^53, which stay exact. */
export type JsonValue = null | boolean | number | bigint | string | readonly JsonValue[] | { readonly [name: string]: JsonValue };

/** One row of a partition that got its key; it lives until it is packed or has failed. */
export interface Sample {
  /** Digits only, unique in the run: shard number and index. */
  readonly key: string;
  /** Position in the shard, from 0. */
  readonly index: number;
  readonly url: string | null;
  readonly caption: string | null;
  /** The other columns that the sample carries into its JSON, reserved names already prefixed. */
  readonly columns: Readonly<Record<string, JsonValue>>;
  /** What to blur, as the metadata has it; undefined where nobody asked. */
  readonly boxes?: JsonValue;
  /** The digest that the bytes must have, as the metadata has it; undefined where nobody asked. */
  readonly expectedDigest?: string | null;
}
