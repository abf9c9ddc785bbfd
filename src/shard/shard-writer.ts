// Stage: shard. The file or folder that samples end in; written in key order, seen by nobody until it is committed.
import type { Entry } from "./entries.ts";

/** What a finished writer has written, for the commit record. */
export interface WrittenFile {
  /** The name in the output folder. */
  readonly name: string;
  readonly bytes: number;
  /** Hex digest of a file's bytes; absent for a folder. */
  readonly sha256?: string;
  /** Hex digest over a folder's files, see `TreeDigest`. */
  readonly tree_sha256?: string;
}

/** Takes the samples of one shard in key order. */
export interface ShardWriter {
  /** Adds a sample, `index` its position in the shard; resolves when its bytes need no more memory than the writer's bound. */
  add(key: string, entries: readonly Entry[], index: number): Promise<void>;
  /** Ends the shard: everything is synced when it resolves. Undefined: this format keeps no samples. */
  close(): Promise<WrittenFile | undefined>;
  /** Gives up; files stay for the attempt to remove. */
  abandon(): Promise<void>;
}
