// The end of a run: what it tells to load is what lies there.
import { expect, it } from "vitest";
import { nextSteps } from "../../src/cli/display/summary.ts";
import type { RunSummary } from "../../src/job/events.ts";

function load(output: string, firstShard: number, shards: number): string[] {
  const summary = { output, outputFormat: "webdataset", shards, firstShard, shardDigits: 5, rowsKept: 1, outcomes: {} };
  return nextSteps(summary as unknown as RunSummary, { columns: undefined, hasColours: false });
}

it("shards are named as they are called: one by its name, a folder with one slash behind it", () => {
  expect(load("out", 0, 1)).toContain('  load them        wds.WebDataset("out/00000.tar")');
  expect(load("out/", 0, 3)).toContain('  load them        wds.WebDataset("out/{00000..00002}.tar")');
  expect(load("out//", 2, 1)).toContain('  load them        wds.WebDataset("out/{00000..00002}.tar")');
  expect(load("/", 0, 2)).toContain('  load them        wds.WebDataset("/{00000..00001}.tar")');
  for (const line of load("out/", 0, 3)) expect(line).not.toContain("out//");
});
