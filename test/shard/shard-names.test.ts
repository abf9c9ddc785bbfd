// Names of a shard's files, and which shard of several formats is found.
import { describe, expect, it } from "vitest";
import { filesListedForOpenClip, findShard, OUTPUT_FORMAT_NAMES, outputFormat } from "../../src/shard/output-formats.ts";
import {
  isFolderShardName,
  numberOfRecord,
  parseShardFileName,
  recordOfClaim,
  shardDataNames,
  shardRecordNames,
} from "../../src/shard/shard-names.ts";

describe("a name in an output", () => {
  it.each([
    ["00000.tar", "00000", "data"],
    ["00000.parquet", "00000", "data"],
    ["123456.tfrecord", "123456", "data"],
    ["7", "7", "data"],
    ["00000_stats.json", "00000", "record"],
    ["00000_stats.json.claim", "00000", "record"],
  ])("%s is of shard %s", (name, number, kind) => {
    expect(parseShardFileName(name)).toMatchObject({ number, kind });
  });

  it.each([
    "",
    "a.tar",
    "00000.tar.gz",
    "00000.TAR",
    "00000.tar\n",
    "00000 .tar",
    "x00000.tar",
    "00000_stats.json.claim.claim",
    "-1.tar",
    "٣.tar",
  ])("%j is no shard's", (name) => {
    expect(parseShardFileName(name)).toBeUndefined();
  });

  it("is told to be a record's, a claim's or a folder's", () => {
    expect(["00001_stats.json", "00001_stats.json.claim", "00001.tar", "00001"].map(numberOfRecord)).toEqual([
      "00001",
      undefined,
      undefined,
      undefined,
    ]);
    expect([recordOfClaim("00001_stats.json.claim"), recordOfClaim("00001_stats.json")]).toEqual(["00001_stats.json", undefined]);
    expect(["00001", "00001.tar", "00001.parquet", "partitions"].map(isFolderShardName)).toEqual([true, false, false, false]);
  });
});

describe("the names of a shard", () => {
  it("are the sidecar's and the format's; without a format, all", () => {
    expect(shardDataNames("00002", "webdataset").toSorted()).toEqual(["00002.parquet", "00002.tar"]);
    expect(new Set(shardDataNames("00002", "parquet"))).toEqual(new Set(["00002.parquet"]));
    expect(shardDataNames("00002", "dummy")).toEqual(["00002.parquet"]);
    const every = OUTPUT_FORMAT_NAMES.flatMap((name) => outputFormat(name).ending ?? []);
    expect(new Set(shardDataNames("00002"))).toEqual(new Set(["00002.parquet", ...every.map((ending) => `00002${ending}`)]));
    expect(shardRecordNames("00002")).toEqual(["00002_stats.json", "00002_stats.json.claim"]);
  });

  it("tell the format of a shard without a plan: a parquet file beside another shard is its sidecar", async () => {
    const found = async (...names: string[]) => await findShard("00000", (file) => names.includes(file));
    expect(await found("00000.tar", "00000.parquet")).toEqual({ format: "webdataset", file: "00000.tar" });
    expect(await found("00000.parquet", "00000")).toEqual({ format: "files", file: "00000" });
    expect(await found("00000.parquet", "00000.tfrecord")).toEqual({ format: "tfrecord", file: "00000.tfrecord" });
    expect(await found("00000.parquet")).toEqual({ format: "parquet", file: "00000.parquet" });
    expect(await found("00001.tar")).toBeUndefined();
    expect(filesListedForOpenClip("00000")).toEqual(["00000.tar"]);
  });
});
