// The interface of an output format: how samples become a shard, and how a shard is read back.
import type { Sample } from "../core/sample.ts";
import type { Database } from "../sql/database.ts";
import type { AppendFile } from "../store/append-file.ts";
import type { DiskWait } from "../store/wait-for-disk.ts";
import type { Digest, Entry, StoredImage } from "./entries.ts";
import type { CarriedTypes } from "./features.ts";
import type { LoadedSample } from "./loaded-sample.ts";
import type { ShardWriter } from "./shard-writer.ts";

/** Turns a sample into the entries that its writer takes. */
export type SamplePacker = (sample: Sample, stored: StoredImage, digest: Digest | undefined) => readonly Entry[];

/** What a writer is told about its shard. */
export interface ShardFacts {
  /** The shard's number, with leading zeros. */
  readonly name: string;
  /** Input rows, packed or not. */
  readonly rows: number;
  /** Extension of the stored pictures, which also names their column or feature. */
  readonly pictureName: string;
  /** Where a file of this name is written before it is published. */
  readonly path: (name: string) => string;
  /** Creates a file of this name that only grows, for formats that write one file from its beginning to its end. */
  readonly append: (name: string) => AppendFile;
  /** Writes the sidecar's columns of the rows [first, end) to a parquet file of one row group and returns its path. */
  readonly sliceRows: (first: number, end: number) => Promise<string>;
  /** Waits for space on a full disk. */
  readonly diskWait: DiskWait;
}

/** A sample of a shard as the entries that its writer took, so that another shard can take them unchanged. */
export interface StoredSample {
  readonly key: string;
  readonly entries: readonly Entry[];
}

/** The key of a stored sample and the extensions of its members in their order. */
export interface InspectedSample {
  readonly key: string;
  readonly extensions: readonly string[];
}

/** What a file of a shard is now. */
export interface InspectedFile {
  readonly bytes: number;
  /** Hex digest of a file, or of a folder's files as `TreeDigest` takes it. */
  readonly sha256: string;
  /** Empty for a sidecar. Undefined if the samples were not read. */
  readonly samples?: readonly InspectedSample[];
  /** Why the file cannot be read in its format, whatever its digest. */
  readonly torn?: string;
}

/** Size and digest that a record promises. */
export interface ExpectedFile {
  readonly bytes?: number | undefined;
  readonly sha256?: string | undefined;
}

/** One output format. Everything that the program knows about a format is here; `OUTPUT_FORMATS` lists all of them. */
export interface OutputFormat {
  /** What follows the number in a shard's name: `.tar`; empty for a folder. Undefined if the format stores no samples. */
  readonly ending: string | undefined;
  /** Whether a shard is a folder of files. */
  readonly isFolder: boolean;
  /** Whether a parquet file beside the shard has the rows. If not, the shard itself has their columns, and the picture is one more. */
  readonly hasSidecar: boolean;
  /** Whether a sample is stored as members with extensions of their own: picture, JSON, caption. `--true-extension` needs this. */
  readonly hasMembers: boolean;
  /** Whether `packer` uses the types of the carried columns. */
  readonly needsTypes: boolean;
  /** Whether `sizes.json` also lists shards of this format that img2dataset wrote. open_clip reads tars only. */
  readonly isListedForOpenClip: boolean;
  /** Columns or features that the format adds to the record's fields. A carried column of such a name is renamed. */
  readonly addedColumns: (pictureName: string, withCaption: boolean) => readonly string[];
  /** An expression that loads all shards of an output, for the summary of a run; `shards` is a brace pattern of their numbers. */
  readonly loadExpression: ((output: string, shards: string) => string) | undefined;

  /** Returns the function that turns samples into this format's entries. */
  packer(withCaption: boolean, types: CarriedTypes): SamplePacker;
  /** Opens the writer of a shard. */
  open(facts: ShardFacts): Promise<ShardWriter>;
  /** Reads the samples of a shard in order, as a training loader sees them. Throws if the shard is torn. */
  load(path: string): AsyncIterable<LoadedSample>;
  /** Reads the samples of a shard in order, as its writer took them. Throws if the shard is torn. */
  readStored(path: string): AsyncIterable<StoredSample>;
  /**
   * Reads what a damaged shard still holds, and may throw at the damage. A sample may have wrong bytes: callers compare its
   * digest. Only formats whose members say where they begin are read beyond the damage.
   */
  salvage(path: string): AsyncIterable<StoredSample>;
  /** Reads a shard, or a sidecar of this ending, to its end. Rejects with ENOENT if it is missing. */
  inspect(path: string, database: Database, expected: ExpectedFile): Promise<InspectedFile>;
}
