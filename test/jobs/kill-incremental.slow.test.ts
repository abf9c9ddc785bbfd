// kill -9 in the middle of a download that extends or overwrites an output: the same command ends it, and nothing is lost.
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeFolder, namesIn } from "../support/cli/refusals.ts";
import { type ScriptedServer, startScriptedServer } from "../support/fetch/scripted-server.ts";
import { faultsOf, sidecarRows } from "../support/output.ts";
import { writeParquet } from "../support/parquet.ts";
import { runPrep, startPrep } from "../support/run-prep.ts";
import { paintPicture } from "../support/transform/painted-picture.ts";

let folder: Awaited<ReturnType<typeof makeFolder>>;
let server: ScriptedServer;
let first: string;
let second: string;
const at = (...names: string[]) => join(folder.path, ...names);

beforeAll(async () => {
  folder = await makeFolder();
  server = await startScriptedServer({ "/a.jpg": { body: await paintPicture(40, 30) } });
  const list = (name: string, rows: number) =>
    writeParquet(at(`${name}.parquet`), `SELECT '${server.url("/a.jpg")}?${name}' || i AS url FROM range(${rows}) r(i)`);
  first = await list("first", 25);
  second = await list("second", 42);
});

afterAll(async () => {
  await server.close();
  await folder.remove();
});

function args(list: string, output: string, ...more: string[]): string[] {
  const options = ["--output-format", "webdataset", "--number-sample-per-shard", "10", "--resize-mode", "no", "--allow-private-network"];
  return ["download", list, "--output", at(output), ...options, ...more];
}
const EXTEND = ["--incremental_mode", "extend"];
const OVERWRITE = ["--incremental-mode=overwrite"];

async function done(list: string, output: string, ...more: string[]): Promise<string> {
  const { code, stderr } = await runPrep(args(list, output, ...more));
  expect(code === 0 ? "" : stderr).toBe("");
  return stderr;
}

/** Kills a start when the output shows so many records. */
async function killAt(records: number, words: readonly string[], output: string): Promise<void> {
  const { process, result } = startPrep(words);
  while (namesIn(at(output)).filter((name) => name.endsWith("_stats.json")).length < records && process.exitCode === null)
    await new Promise((resolve) => setTimeout(resolve, 2));
  process.kill("SIGKILL");
  await result;
}

const urlsOf = async (output: string) => (await sidecarRows(at(output))).map(({ url }) => String(url).replace(/.*\?/, ""));
const urls = (name: string, rows: number) => Array.from({ length: rows }, (_, row) => `${name}${row}`);
const shards = (output: string) => namesIn(at(output)).filter((name) => /^\d+\.tar$/.test(name));

it("extend, killed, goes on with the same command; so does the run before it that was killed as well", async () => {
  await killAt(1, args(second, "killed"), "killed");
  await killAt(6, args(first, "killed", ...EXTEND), "killed");
  await done(first, "killed", ...EXTEND);
  await done(second, "killed");
  expect(await faultsOf(at("killed"), 67)).toEqual([]);
  expect(await urlsOf("killed")).toEqual([...urls("second", 42), ...urls("first", 25)]);
});

it("overwrite, killed at any moment leaves the old output or the new run, and the same command ends it without beginning anew", async () => {
  const isRemoving = () => namesIn(at("torn", "_prep")).some((name) => name.startsWith("overwrit"));
  const hasDecided = () => isRemoving() || shards("torn").length < 3;
  for (const moment of ["at the decision", "in the download"]) {
    await done(first, "torn", ...(moment === "at the decision" ? [] : OVERWRITE));
    const { process, result } = startPrep(args(second, "torn", ...OVERWRITE));
    while (!hasDecided()) await new Promise((resolve) => setImmediate(resolve));
    const isEarly = () => isRemoving() || shards("torn").length < 2;
    while (moment === "in the download" && isEarly()) await new Promise((resolve) => setTimeout(resolve, 1));
    process.kill("SIGKILL");
    await result;
    const shown = namesIn(at("torn")).filter((name) => name.endsWith("_stats.json")).length;
    const requests = server.requests();
    await done(second, "torn", ...OVERWRITE);
    if (moment === "in the download" && shown < 5) expect(server.requests() - requests).toBeLessThan(42);
    expect(await faultsOf(at("torn"), 42)).toEqual([]);
    expect(await urlsOf("torn")).toEqual(urls("second", 42));
  }
});
