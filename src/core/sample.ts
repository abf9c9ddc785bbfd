// One selected row on its way into a shard.

/** A value as a sample's JSON stores it. Integers beyond 2^53 are bigint, which keeps them exact. */
export type JsonValue = null | boolean | number | bigint | string | readonly JsonValue[] | { readonly [name: string]: JsonValue };

/** One row of a partition with its key. It lives until it is packed or has failed. */
export interface Sample {
  /** Digits only, unique in the run: shard number and index. */
  readonly key: string;
  /** Position in the shard, from 0. */
  readonly index: number;
  readonly url: string | null;
  readonly caption: string | null;
  /** The other columns that the sample carries into its JSON, with reserved names already prefixed. */
  readonly columns: Readonly<Record<string, JsonValue>>;
  /** What to blur, as the metadata has it; undefined if the run blurs nothing. */
  readonly boxes?: JsonValue;
  /** The digest that the bytes must have, as the metadata has it; undefined if the run checks none. */
  readonly expectedDigest?: string | null;
}
