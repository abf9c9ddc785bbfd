// Own and foreign files in the folder of a shard.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { foreignMembers } from "../../src/store/own-members.ts";
import { storeAt } from "../../src/store/store-at.ts";
import { withFolder } from "../support/parquet.ts";

/** The foreign names among these files of a folder. */
const foreignAmong = (folder: string, names: readonly string[]) =>
  withFolder(async (output) => {
    await mkdir(join(output, folder));
    for (const name of names) await writeFile(join(output, folder, name), "");
    return await foreignMembers(storeAt(output), folder);
  });

it("takes pictures with their true extension for samples if their JSON is there", async () => {
  const gif = ["000000000.gif", "000000000.json", "000000000.txt"];
  const unknown = ["000000001.bin", "000000001.json"];
  expect(await foreignAmong("00000", [...gif, ...unknown])).toEqual([]);
});

it("takes a picture of an odd extension for foreign if it has no JSON, or its sample has a picture", async () => {
  expect(await foreignAmong("00000", ["000000000.gif"])).toEqual(["000000000.gif"]);
  expect(await foreignAmong("00000", ["000000000.gif", "000000000.jpg", "000000000.json"])).toEqual(["000000000.gif"]);
});

it("takes files of another shard, and samples among the partitions, for foreign", async () => {
  expect(await foreignAmong("00000", ["000010000.gif", "000010000.json"])).toEqual(["000010000.gif", "000010000.json"]);
  expect(await foreignAmong("partitions", ["part-00000.parquet", "000000000.gif", "000000000.json"])).toEqual([
    "000000000.gif",
    "000000000.json",
  ]);
});
