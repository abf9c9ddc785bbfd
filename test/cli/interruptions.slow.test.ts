// Signals during a selection, and several starts on one output at the same time.
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectWords, makeFolder, namesIn, SLOW_QUERY } from "../support/cli/refusals.ts";
import { hookEnvironment } from "../support/faults/fault.ts";
import { type ScriptedServer, startScriptedServer } from "../support/fetch/scripted-server.ts";
import { faultsOf } from "../support/output.ts";
import { writeParquet } from "../support/parquet.ts";
import { runPrep, startPrep } from "../support/run-prep.ts";
import { paintPicture } from "../support/transform/painted-picture.ts";

let folder: { path: string; remove: () => Promise<void> };
let server: ScriptedServer;

beforeAll(async () => {
  folder = await makeFolder();
  server = await startScriptedServer({ "/a.jpg": { body: await paintPicture(90, 60), delayMs: 20 } });
  await writeParquet(at("meta.parquet"), `SELECT '${server.url("/a.jpg")}?' || i AS url, 'c' || i AS caption FROM range(90) r(i)`);
});

afterAll(async () => {
  await server.close();
  await folder.remove();
});

const at = (...names: string[]) => join(folder.path, ...names);
const filter = (output: string, ...more: string[]) => [
  "filter",
  SLOW_QUERY,
  "--metadata",
  at("meta.parquet"),
  "--output",
  at(output),
  ...more,
];
const run = (output: string, ...more: string[]) => {
  const args = ["all", "--metadata", at("meta.parquet"), "--output", at(output), "--allow-private-network"];
  return [...args, "--number-sample-per-shard", "15", "--thread-count", "4", ...more];
};

describe("a signal during the selection", () => {
  it("ends it with the signal's exit code, and leaves only the record of the start; a second start completes", async () => {
    for (const [signal, code] of [
      ["SIGINT", 130],
      ["SIGTERM", 143],
    ] as const) {
      const running = startPrep(filter("stopped"));
      await running.until(() => running.stderrSoFar().includes("reading 90 rows"));
      running.process.kill(signal);
      const says = [`${signal}: stopping`, `error: stopped by ${signal}`, `hint: Start prep continue ${at("stopped")}.`];
      expectWords(await running.result, { code, says });
      expect([namesIn(at("stopped")), namesIn(at("stopped", "_prep"))]).toEqual([["_prep"], ["start.json"]]);
    }
    expect((await runPrep(filter("stopped"))).code).toBe(0);
    expect(namesIn(at("stopped", "partitions"))).toEqual(["part-00000.parquet"]);
  });
});

describe("two starts at the same time on one new output", () => {
  it("both succeed if they ask for the same, and the output is whole", async () => {
    const results = await Promise.all([runPrep(run("same", "--wait")), runPrep(run("same", "--wait"))]);
    for (const { code, stderr } of results)
      expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.not.stringContaining("error") });
    expect(await faultsOf(at("same"), 90)).toEqual([]);
  });

  it("end with one of them refused if they ask for different things", async () => {
    const results = await Promise.all(["1", "2"].map((seed) => runPrep(run("other", "--seed", seed, "--wait"))));
    const [won, lost] = results.sort((left, right) => Number(left.code) - Number(right.code));
    expect(won).toMatchObject({ code: 0 });
    expect(lost).toMatchObject({ code: 5 });
    expect(lost?.stderr).toMatch(/holds another selection:\n {2}--seed: this output was made with \d; you ask for \d\.\nhint: /);
    expect(await faultsOf(at("other"), 90)).toEqual([]);
  });

  it("do not disturb a start that slept while another finished and a third removed leftovers", async () => {
    // It pretends to run on another machine: starts of one machine wait for each other.
    const sleeper = startPrep(filter("swept"), { env: hookEnvironment("elsewhere-hook.mjs") });
    await sleeper.until(() => sleeper.stderrSoFar().includes("reading 90 rows"));
    sleeper.process.kill("SIGSTOP");
    for (let start = 0; start < 2; start++) expect((await runPrep(filter("swept"))).code).toBe(0);
    const kept = [expect.stringMatching(/^lock\.elsewhere\./), expect.stringMatching(/^selection\.lock-/)];
    expect(namesIn(at("swept", "_prep", "tmp"))).toEqual(kept);
    sleeper.process.kill("SIGCONT");
    expect(await sleeper.result).toMatchObject({ code: 0, stderr: expect.stringContaining("done earlier") });
    expect(namesIn(at("swept", "_prep", "tmp"))).toEqual([]);
  });
});
