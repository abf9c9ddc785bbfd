// The checker of the fault tests, which must find every kind of damage to a finished output.
import { cp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { IS_LONG, type Job, openJob } from "../support/faults/job.ts";
import { runPrep } from "../support/run-prep.ts";

const DAMAGES = IS_LONG ? 1000 : 60;

let job: Job;
beforeAll(async () => {
  job = await openJob({ rows: 60, shardRows: 20 });
  expect((await runPrep(job.args("whole"))).code).toBe(0);
  expect(await job.faults("whole")).toEqual([]);
});
afterAll(() => job.close());

/** What the checker finds in a damaged copy. */
async function damaged(damage: (output: string) => Promise<unknown>): Promise<string[]> {
  const copy = job.output("copy");
  await cp(job.output("whole"), copy, { recursive: true });
  try {
    await damage(copy);
    return await job.faults("copy");
  } finally {
    await rm(copy, { recursive: true });
  }
}

describe("the checker", () => {
  it(`and prep verify find each of ${DAMAGES} flipped bytes and truncations of tars and sidecars`, async () => {
    const files = (await readdir(job.output("whole"))).filter((name) => /\.(tar|parquet)$/.test(name));
    for (let number = 0; number < DAMAGES; number++) {
      const name = files[number % files.length] ?? "";
      let place = 0;
      const faults = await damaged(async (output) => {
        const path = join(output, name);
        const bytes = await readFile(path);
        place = Math.floor(Math.random() * bytes.length);
        if (number % 2) return await truncate(path, place);
        bytes[place] = (bytes[place] ?? 0) ^ (1 << Math.floor(Math.random() * 8));
        return await writeFile(path, bytes);
      });
      expect(faults.join(), `${name} at ${place}`).toContain(`(3) ${name} is not as recorded`);
      expect(faults.join(), `${name} at ${place}`).toContain(`(8) prep verify finds ${name} `);
    }
  });

  const swap = (from: string, to: string) => async (output: string) => {
    await cp(join(output, from), join(output, "swapped"));
    await cp(join(output, to), join(output, from));
    await cp(join(output, "swapped"), join(output, to));
    await rm(join(output, "swapped"));
  };

  it.each([
    ["a shard without its record", (output: string) => rm(join(output, "00001_stats.json")), "(5)"],
    ["a record without its tar", (output: string) => rm(join(output, "00001.tar")), "(5)"],
    ["tars of two shards swapped", swap("00000.tar", "00001.tar"), "(2)"],
    [
      "a shard under two numbers",
      async (output: string) => {
        for (const end of [".tar", ".parquet", "_stats.json"]) await cp(join(output, `00001${end}`), join(output, `00009${end}`));
      },
      "(1)",
    ],
    [
      "a shard that is gone",
      async (output: string) => {
        for (const end of [".tar", ".parquet", "_stats.json"]) await rm(join(output, `00001${end}`));
      },
      "(1) 20 of 60",
    ],
    ["a temporary file", (output: string) => writeFile(join(output, "_prep", "tmp", "00000.x"), ""), "(6)"],
    ["a file of another name", (output: string) => writeFile(join(output, "00000.tar.part"), ""), "(5)"],
  ])("finds %s", async (_label, damage, point) => {
    expect((await damaged(damage)).join("\n")).toContain(point);
  });

  it("finds a tar of one attempt beside the sidecar of another", async () => {
    expect((await runPrep(job.args("other"))).code).toBe(0);
    const faults = await damaged((output) => cp(join(job.output("other"), "00000.tar"), join(output, "00000.tar")));
    expect(faults.join("\n")).toMatch(/\(4\) .* are of different attempts/);
  });
});
