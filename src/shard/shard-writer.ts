// The interface of a shard writer, which takes samples in key order.
import type { Entry } from "./entries.ts";

/** A written file or folder, as the commit record lists it. */
export interface WrittenFile {
  /** The name in the output folder. */
  readonly name: string;
  readonly bytes: number;
  /** SHA-256 of a file's bytes in hex; absent for a folder. */
  readonly sha256?: string;
  /** SHA-256 over a folder's files in hex, see `TreeDigest`. */
  readonly tree_sha256?: string;
}

/** Writes one shard. Nobody reads it before it is committed. */
export interface ShardWriter {
  /** Adds the sample at the position `index` of the shard. Resolves when the writer holds no more memory than its bound. */
  add(key: string, entries: readonly Entry[], index: number): Promise<void>;
  /** Ends the shard and syncs it. Undefined if the format stores no samples. */
  close(): Promise<WrittenFile | undefined>;
  /** Gives up. The attempt removes the files. */
  abandon(): Promise<void>;
}
