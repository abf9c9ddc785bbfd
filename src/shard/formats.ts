// Stage: shard. The output formats side by side: what a sample is in each, and who writes it.
import type { Sample } from "../core/sample.ts";
import type { DiskPatience } from "../store/wait-for-disk.ts";
import { encodeExample } from "../tfrecord/example.ts";
import { DummyWriter } from "./dummy.ts";
import { type Digest, type Entry, type StoredImage, sampleEntries } from "./entries.ts";
import { type CarriedTypes, sampleFeatures } from "./features.ts";
import { FilesWriter } from "./files.ts";
import { ParquetWriter } from "./parquet.ts";
import type { OutputFormat, ShardWriter } from "./shard-writer.ts";
import { TfrecordWriter } from "./tfrecord.ts";
import { WebdatasetWriter } from "./webdataset.ts";

/** Makes of a sample what its writer takes. */
export type SamplePacker = (sample: Sample, stored: StoredImage, digest: Digest | undefined) => readonly Entry[];

/** How samples are packed, of whose carried columns `types` tells. */
export function samplePacker(format: OutputFormat, withCaption: boolean, types: CarriedTypes): SamplePacker {
  switch (format) {
    case "webdataset":
    case "files":
      return (sample, stored, digest) => sampleEntries(sample, stored, digest, withCaption, types.fractions);
    case "parquet":
      return (_, { extension, image }) => [{ extension, body: image }];
    case "tfrecord":
      return (sample, stored, digest) => [
        { extension: "tfrecord", body: encodeExample(sampleFeatures(sample, stored, digest, withCaption, types)) },
      ];
    case "dummy":
      return () => [];
  }
}

/** What a writer is told about its shard. */
export interface ShardFacts {
  readonly name: string;
  /** Input rows, packed or not. */
  readonly rows: number;
  readonly imageColumn: string;
  /** Where a file of this name is written before it is published. */
  readonly path: (name: string) => string;
  /** See `ParquetShard`. */
  readonly sliceRows: (first: number, end: number) => Promise<string>;
  /** Waits for space. */
  readonly patience: DiskPatience;
}

/** Opens the writer of a shard. */
export function openWriter(format: OutputFormat, { name, rows, imageColumn, path, sliceRows, patience }: ShardFacts): ShardWriter {
  switch (format) {
    case "webdataset":
      return new WebdatasetWriter(name, path(`${name}.tar`), patience);
    case "files":
      return new FilesWriter(name, path(name), patience);
    case "parquet":
      return new ParquetWriter({ name, path: path(`${name}.parquet`), imageColumn, rows, sliceRows, patience });
    case "tfrecord":
      return new TfrecordWriter(name, path(`${name}.tfrecord`), patience);
    case "dummy":
      return new DummyWriter();
  }
}
