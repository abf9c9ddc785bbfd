// TFRecord shards that are damaged, and Examples of other programs.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { tfrecord } from "../../../src/shard/formats/tfrecord.ts";
import { inspectShard } from "../../../src/shard/inspect-shard.ts";
import type { LoadedSample } from "../../../src/shard/loaded-sample.ts";
import { salvagedSamples } from "../../../src/shard/read-shards.ts";
import { encodeExample, type Feature } from "../../../src/tfrecord/example.ts";
import { frameRecord } from "../../../src/tfrecord/records.ts";
import { openTestDatabase, withFolder } from "../../support/parquet.ts";

const bytes = (...texts: string[]): Feature => ({ kind: "bytes", values: texts.map((text) => Buffer.from(text)) });

async function writeExamples(folder: string, examples: readonly Record<string, Feature>[]): Promise<string> {
  const path = join(folder, "00000.tfrecord");
  const records = examples.map((example) => encodeExample(new Map(Object.entries(example))));
  await writeFile(path, Buffer.concat(records.flatMap(frameRecord)));
  return path;
}

async function keysOf(samples: AsyncIterable<{ readonly key: string }>, keys: string[] = []): Promise<string[]> {
  for await (const { key } of samples) keys.push(key);
  return keys;
}

describe("a TFRecord shard with a flipped bit", () => {
  const three = ["0", "1", "2"].map((key) => ({ key: bytes(key), jpg: bytes(`picture ${key}`) }));

  it.each([
    ["in a picture", "picture 1"],
    ["in a key", "key"],
  ])("%s gives the samples before it, throws, and is torn when inspected", (_, text) =>
    withFolder(async (folder) => {
      const path = await writeExamples(folder, three);
      const shard = await readFile(path);
      const at = shard.indexOf(text, Math.floor(shard.length / 3));
      shard[at] = (shard[at] ?? 0) ^ 1;
      await writeFile(path, shard);
      const keys: string[] = [];
      await expect(keysOf(tfrecord.load(path), keys)).rejects.toThrow("is damaged");
      expect(keys).toEqual(["0"]);
      expect(await keysOf(salvagedSamples(path))).toEqual(["0"]);
      const database = await openTestDatabase();
      expect((await inspectShard(path, database)).torn).toContain("is damaged: the record at byte");
      database.close();
    }),
  );

  it("in each byte of its checksums throws", () =>
    withFolder(async (folder) => {
      const path = await writeExamples(folder, three.slice(0, 1));
      const shard = await readFile(path);
      for (const at of [8, 9, 10, 11, -4, -3, -2, -1]) {
        const damaged = Buffer.from(shard);
        damaged.writeUInt8((damaged.at(at) ?? 0) ^ 0x80, at < 0 ? shard.length + at : at);
        await writeFile(path, damaged);
        await expect(keysOf(tfrecord.load(path))).rejects.toThrow("is damaged");
      }
    }));
});

describe("an Example", () => {
  it("gives pictures and captions as members, and all else as fields of its own kind", () =>
    withFolder(async (folder) => {
      const path = await writeExamples(folder, [
        {
          ...{ txt: bytes("a caption"), key: bytes("7"), webp: bytes("picture"), url: bytes("http://ä.test"), tags: bytes("a", "b") },
          width: { kind: "int64", values: [2n ** 53n + 1n] },
          score: { kind: "float", values: [0.5] },
          none: { kind: "int64", values: [] },
          jpg: { kind: "int64", values: [1n] },
        },
      ]);
      const samples: LoadedSample[] = [];
      for await (const one of tfrecord.load(path)) samples.push(one);
      const [sample] = samples;
      expect(sample?.key).toBe("7");
      expect([...(sample?.members ?? [])].map(([name, body]) => [name, body.toString()])).toEqual([
        ["txt", "a caption"],
        ["webp", "picture"],
      ]);
      expect(sample?.fields).toEqual({
        ...{ key: "7", url: "http://ä.test", tags: ["a", "b"], width: 2n ** 53n + 1n, score: 0.5, none: [], jpg: 1n },
      });
    }));
});
