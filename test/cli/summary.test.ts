// The summary of a run: paths and shard names in its commands.
import { expect, it } from "vitest";
import { nextSteps } from "../../src/cli/display/summary.ts";
import type { RunSummary } from "../../src/job/events.ts";

function load(output: string, firstShard: number, shards: number): string[] {
  const summary = { output, outputFormat: "webdataset", shards, firstShard, shardDigits: 5, rowsKept: 1, outcomes: {} };
  return nextSteps(summary as unknown as RunSummary, { columns: undefined, hasColours: false });
}

it("names one shard by its name, and a folder without double slashes", () => {
  expect(load("out", 0, 1)).toContain('  load them        wds.WebDataset("out/00000.tar")');
  expect(load("out/", 0, 3)).toContain('  load them        wds.WebDataset("out/{00000..00002}.tar")');
  expect(load("out//", 2, 1)).toContain('  load them        wds.WebDataset("out/{00000..00002}.tar")');
  expect(load("/", 0, 2)).toContain('  load them        wds.WebDataset("/{00000..00001}.tar")');
  for (const line of load("out/", 0, 3)) expect(line).not.toContain("out//");
});
