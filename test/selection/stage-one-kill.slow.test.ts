// kill -9 at any moment of stage one, and what the next start does.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeFolder, namesIn } from "../support/cli/refusals.ts";
import { writeParquet } from "../support/parquet.ts";
import { type PrepResult, type RunningPrep, runPrep, startPrep } from "../support/run-prep.ts";
import { partitionDigests } from "../support/selection/selected.ts";

const ROWS = 300_000;
const PARTITIONS = 64;
const KILLS = 20;

let folder: Awaited<ReturnType<typeof makeFolder>>;
let undisturbed: { readonly digests: readonly string[]; readonly elapsedMs: number };
const at = (...names: string[]) => join(folder.path, ...names);

const filter = (output: string) => {
  const args = [
    "filter",
    "SELECT * FROM metadata",
    "--metadata",
    at("meta.parquet"),
    "--output",
    at(output),
    "--json",
    "--verify-partitions",
  ];
  return [...args, "--partitions", String(PARTITIONS), "--memory-limit", "300MB", "--row-group-size", "2048"];
};

beforeAll(async () => {
  folder = await makeFolder();
  await writeParquet(
    at("meta.parquet"),
    `SELECT 'http://host' || i % 997 || '.test/' || md5(i::VARCHAR) AS url, md5((-i)::VARCHAR) || ' and ' || md5((i + 0.5)::VARCHAR) AS caption, i FROM range(${ROWS}) r(i)`,
  );
  const began = performance.now();
  const result = await runPrep(filter("undisturbed"));
  expect(result).toMatchObject({ code: 0, stderr: "" });
  undisturbed = { digests: await partitionDigests(at("undisturbed")), elapsedMs: performance.now() - began };
  expect(phasesOf(result)).toContain("shuffle");
});

afterAll(() => folder.remove());

/** Phases whose progress a start reported. */
function phasesOf({ stdout }: PrepResult): string[] {
  const events = stdout
    .split("\n")
    .filter((line) => line.startsWith("{") && line.endsWith("}"))
    .map((line) => JSON.parse(line) as { event: string; phase?: string });
  return [...new Set(events.flatMap(({ event, phase }) => (event === "selection_progress" && phase ? [phase] : [])))];
}

/** Expects nothing but the work folder or, after the commit, a selection that the next start finds. */
function expectNothingVisible(output: string): void {
  const names = namesIn(at(output)).filter((name) => !name.startsWith(".write-probe"));
  if (!names.includes("selection.json")) expect(names.filter((name) => name !== "_prep")).toEqual([]);
}

/** Expects a second start to complete, with the bytes of an undisturbed one and nothing left over. */
async function expectCompletion(output: string): Promise<PrepResult> {
  const result = await runPrep(filter(output));
  expect(result).toMatchObject({ code: 0, stderr: "" });
  expect(await partitionDigests(at(output))).toEqual(undisturbed.digests);
  expect(namesIn(at(output))).toEqual(["partitions", "selection.json"]);
  expect(namesIn(at(output, "partitions"))).toHaveLength(PARTITIONS);
  await rm(at(output), { recursive: true });
  return result;
}

/** Kills a start when its stdout has matched the pattern this many times. */
async function killAt(running: RunningPrep, words: string, times: number): Promise<PrepResult> {
  let said = "";
  running.process.stdout?.on("data", (text: string) => {
    said += text;
    if (said.split(words).length > times) running.process.kill("SIGKILL");
  });
  return await running.result;
}

describe("kill -9", () => {
  it(`at ${KILLS} random moments lets the next start complete, with the same bytes and nothing left over`, async () => {
    let state = 20_261_122;
    const random = () => {
      state = (state * 48_271) % 2_147_483_647;
      return state / 2_147_483_647;
    };
    let killed = 0;
    for (let round = 0; round < KILLS; round++) {
      const running = startPrep(filter("killed"));
      const timer = setTimeout(() => running.process.kill("SIGKILL"), random() * undisturbed.elapsedMs);
      const result = await running.result;
      clearTimeout(timer);
      if (result.signal === "SIGKILL") killed++;
      expectNothingVisible("killed");
      const isSorted = namesIn(at("killed", "_prep", "work")).some((name) =>
        namesIn(at("killed", "_prep", "work", name)).some((file) => file.startsWith("sorted")),
      );
      const next = await expectCompletion("killed");
      if (isSorted) expect(phasesOf(next)).not.toContain("shuffle");
    }
    expect(killed).toBeGreaterThan(KILLS / 2);
  });

  it("repeated without a whole start in between lets each start continue from the last one", async () => {
    for (const partitions of [5, 10, 20, 30]) {
      const result = await killAt(startPrep(filter("again")), '"phase":"write"', partitions);
      expect(result.signal).toBe("SIGKILL");
      expectNothingVisible("again");
    }
    await expectCompletion("again");
  });

  it.each([1, 20, 50])("during the cut (at partition %i) does not make the next start sort again", async (partitions) => {
    const result = await killAt(startPrep(filter("cut")), '"phase":"write"', partitions);
    expect(result.signal).toBe("SIGKILL");
    expect(phasesOf(result)).toContain("shuffle");
    expectNothingVisible("cut");
    expect(phasesOf(await expectCompletion("cut"))).not.toContain("shuffle");
  });

  it("during the check after the cut does not make the next start sort again", async () => {
    const running = startPrep([...filter("checked"), "--verify-partitions"]);
    let said = "";
    running.process.stdout?.on("data", (text: string) => {
      said += text;
      if (said.lastIndexOf('"phase":"check"') > said.indexOf('"phase":"write"') && said.includes('"phase":"write"'))
        running.process.kill("SIGKILL");
    });
    expect((await running.result).signal).toBe("SIGKILL");
    expect(phasesOf(await expectCompletion("checked"))).not.toContain("shuffle");
  });

  it("during the sort makes the next start remove what was left and sort again", async () => {
    const result = await killAt(startPrep(filter("sort")), '"phase":"shuffle"', 1);
    expect(result.signal).toBe("SIGKILL");
    expectNothingVisible("sort");
    expect(phasesOf(await expectCompletion("sort"))).toContain("shuffle");
  });

  it("leaves nothing that stops another selection on the same output, which removes the rest", async () => {
    await killAt(startPrep(filter("other")), '"phase":"write"', 10);
    expect(namesIn(at("other", "_prep", "work"))).toHaveLength(1);
    const args = [...filter("other"), "--seed", "another"];
    expect(await runPrep(args)).toMatchObject({ code: 0, stderr: "" });
    expect(namesIn(at("other"))).toEqual(["partitions", "selection.json"]);
    expect(await partitionDigests(at("other"))).not.toEqual(undisturbed.digests);
  });
});
