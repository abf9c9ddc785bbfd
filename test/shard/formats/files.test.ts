// Folders of files as samples, foreign files among them.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { files } from "../../../src/shard/formats/files.ts";
import { inspectShard } from "../../../src/shard/inspect-shard.ts";
import { openTestDatabase, withFolder } from "../../support/parquet.ts";

it("has its samples in the order of their keys, whatever else lies between, and counts every byte", () =>
  withFolder(async (folder) => {
    const path = join(folder, "00000");
    await mkdir(path);
    const names = ["000000001.txt", "000000000.jpg", "000000001.JPG", "000000000.json", ".hidden", "notes", "000000001.seg.png"];
    for (const name of names) await writeFile(join(path, name), name);
    const samples: [string, string[]][] = [];
    for await (const { key, members } of files.load(path)) samples.push([key, [...members.keys()]]);
    expect(samples).toEqual([
      ["", ["hidden"]],
      ["000000000", ["jpg", "json"]],
      ["000000001", ["jpg", "seg.png", "txt"]],
      ["notes", [""]],
    ]);
    const database = await openTestDatabase();
    const inspected = await inspectShard(path, database);
    database.close();
    expect(inspected.bytes).toBe(names.join("").length);
    expect(inspected.samples?.map(({ key }) => key)).toEqual(["", "000000000", "000000001", "notes"]);
  }));
