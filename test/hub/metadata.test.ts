// `prep metadata` with a loopback hub: files are complete, exact and pinned after cuts and kills.
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { partPath } from "../../src/hub/fetch-file.ts";
import { expectWords } from "../support/cli/refusals.ts";
import {
  bytesOf,
  COMMIT,
  environment,
  expectExact,
  expectRefusalOf,
  fetchInto,
  files,
  folder,
  hub,
  newOutput,
  open,
  serveHub,
  TOKEN,
  tables,
  visible,
} from "../support/hub/hub-folder.ts";
import { sha256, startHubServer } from "../support/hub/hub-server.ts";
import { runPrep, startPrep } from "../support/run-prep.ts";

serveHub();

/** Runs the program itself. */
const fetchByProgram = (output: string, args: readonly string[], token?: string) =>
  runPrep(["metadata", ...args, "--output", output], { env: environment(token) });

describe("prep metadata", () => {
  it("fetches and checks all tables of a set with several pages of files, and records the commit", async () => {
    const output = newOutput();
    const result = await fetchByProgram(output, ["org/open"]);
    expect(result).toMatchObject({ code: 0, stdout: `${output}\n` });
    expect(result.stderr).toContain(`fetching 7 files (1.20 MB) of org/open at ${COMMIT}`);
    await expectExact(output, tables);
    const record = JSON.parse(await readFile(join(output, ".prep-metadata", "record.json"), "utf8"));
    expect(record).toMatchObject({ dataset: "org/open", revision: "main", commit: COMMIT });
    expect(record.files.map((file: { path: string }) => file.path)).toEqual(tables);
    // Files are requested at the commit, so that a branch that moves meanwhile mixes nothing.
    expect(hub.hubRequests.filter(({ path }) => path.includes("/resolve/")).every(({ path }) => path.includes(COMMIT))).toBe(true);

    hub.cdnRequests.length = 0;
    expect((await fetchInto(output, ["org/open"])).code).toBe(0);
    expect(hub.cdnRequests).toEqual([]);
  });

  it("follows a renamed set, reports progress as NDJSON, and accepts short names in any case", async () => {
    const renamed = newOutput();
    const result = await fetchByProgram(renamed, ["old/name", "--files", "small*", "--json"]);
    const events = result.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { event: string });
    expect(events.map(({ event }) => event)).toEqual(["fetch_started", "fetch_progress", "fetch_progress", "fetch_finished"]);
    expect(events.at(-1)).toMatchObject({ commit: COMMIT, files: 1, output: renamed });
    const short = newOutput();
    expect((await fetchInto(short, ["ReLAION2b-en-research-safe", "--files=small*"], TOKEN)).code).toBe(0);
    await expectExact(short, ["small.parquet"]);
  });

  it("fetches the files that globs match, and later more of the same commit", async () => {
    const output = newOutput();
    expect((await fetchInto(output, ["org/open", "--files", "part-0000[0-1]*"])).code).toBe(0);
    await expectExact(output, tables.slice(0, 2));
    expect((await fetchInto(output, ["org/open", "--files", "data/*.npz", "--revision", COMMIT])).code).toBe(0);
    await expectExact(output, [...tables.slice(0, 2), "data/part-00006-x.npz"]);
    await expectRefusalOf(["org/open", "--files", "part-9*"], 2, ["--files part-9* matches none of the 11 files", "One of them is"]);
  });

  it("sends the token only to the hub", async () => {
    const output = newOutput();
    expect((await fetchInto(output, ["laion/relaion2B-en-research-safe"], TOKEN)).code).toBe(0);
    await expectExact(output, tables);
    expect(new Set(hub.hubRequests.map(({ authorization }) => authorization))).toEqual(new Set([`Bearer ${TOKEN}`]));
    expect(hub.cdnRequests.length).toBeGreaterThan(0);
    expect(hub.cdnRequests.filter(({ authorization }) => authorization !== undefined)).toEqual([]);

    const stranger = await startHubServer({});
    try {
      hub.nextPageOrigin = stranger.endpoint;
      await expectRefusalOf(["org/open"], 4, ["its list continues on another host"], TOKEN);
      expect(stranger.hubRequests).toEqual([]);
    } finally {
      await stranger.close();
    }
  });

  it("finds the token that the hub's own tools stored", async () => {
    const home = join(folder.path, "home");
    await mkdir(home, { recursive: true });
    await writeFile(join(home, "token"), `${TOKEN}\n`);
    const { HF_TOKEN: _, ...env } = environment();
    const output = newOutput();
    const result = await runPrep(["metadata", "relaion2B-en-research-safe", "--files=small*", "--output", output], {
      env: { ...env, HF_HOME: home },
    });
    expect(result.code).toBe(0);
    await expectExact(output, ["small.parquet"]);
  });
});

describe("a bad connection", () => {
  it("costs only time: prep waits after cuts, throttling and errors, and keeps the bytes that came", async () => {
    const output = newOutput();
    // Bytes that a client has not read are lost when the connection breaks, so the cut waits until all bytes are stored.
    const cut = (path: string, cutAfterBytes: number, stored: number) => ({
      cutAfterBytes,
      beforeCut: async () => {
        const hex = sha256(files.get(path) ?? Buffer.alloc(0));
        const part = partPath(join(output, ".prep-metadata"), { path, bytes: 0, digest: { algorithm: "sha256", hex } });
        while ((await stat(part)).size < stored) await new Promise((resolve) => setImmediate(resolve));
      },
    });
    hub.apiMishap = (path, attempt) => (path.includes("/tree/") && attempt === 1 ? { status: 429, retryAfter: "0" } : undefined);
    hub.mishap = (path, attempt) => {
      if (path.includes("00000")) return attempt === 1 ? cut(path, 70_000, 70_000) : attempt === 2 ? cut(path, 50_000, 120_000) : undefined;
      if (path.includes("00001")) return attempt === 2 ? { status: 503 } : attempt === 1 ? { status: 429, retryAfter: "0" } : undefined;
      if (path.includes("00002")) return attempt === 1 ? cut(path, 90_000, 90_000) : { ignoresRange: true };
      return undefined;
    };
    const result = await fetchInto(output, ["org/open"]);
    expect(result.code).toBe(0);
    await expectExact(output, tables);
    const ranges = hub.cdnRequests.flatMap(({ range, ifRange }) => (range ? [{ range, ifRange }] : []));
    expect(ranges.map(({ range }) => range)).toEqual(expect.arrayContaining(["bytes=70000-", "bytes=120000-"]));
    expect(ranges.every(({ ifRange }) => ifRange?.startsWith('"'))).toBe(true);
    expect(result.stderr).toMatch(/notice: .*continuing in/);
  });

  it("that changes bytes once is repaired, twice is refused, and no wrong file is ever visible", async () => {
    const mended = newOutput();
    const wrong = bytesOf(77, 200_003);
    hub.mishap = (path, attempt) => (path.includes("00003") && attempt === 1 ? { instead: wrong } : undefined);
    expect((await fetchInto(mended, ["org/open"])).code).toBe(0);
    await expectExact(mended, tables);
    const refused = newOutput();
    hub.mishap = (path) => (path.includes("00003") ? { instead: wrong } : undefined);
    expectWords(await fetchInto(refused, ["org/open"]), {
      code: 4,
      says: ["data/part-00003-x.parquet twice had other content than the hub's digest says"],
    });
    expect(await visible(refused)).not.toContain("data/part-00003-x.parquet");
  });

  it("that stays throttled ends with exit code 7, and the same command continues", async () => {
    const output = newOutput();
    hub.mishap = (path) => (path.includes("00004") ? { status: 429, retryAfter: "4000" } : undefined);
    expectWords(await fetchByProgram(output, ["org/open"]), { code: 7, says: ["the hub throttles", "Start the same command again later"] });
    hub.mishap = () => undefined;
    expect((await fetchInto(output, ["org/open"])).code).toBe(0);
    await expectExact(output, tables);
  });
});

describe("a fetch that is killed", () => {
  it("continues on the commit of its first start, and never leaves a half file under its name", async () => {
    const output = newOutput();
    // Each start gets further into every file, then waits for the rest and is killed.
    for (const sent of [60_000, 50_000, 40_000]) {
      hub.cdnRequests.length = 0;
      hub.mishap = () => ({ stallAfterBytes: sent });
      const running = startPrep(["metadata", "org/open", "--output", output], { env: environment() });
      await untilParts(output, 4, sent);
      running.process.kill("SIGKILL");
      expect((await running.result).signal).toBe("SIGKILL");
      for (const path of await visible(output))
        expect(sha256(await readFile(join(output, path)))).toBe(sha256(files.get(path) ?? Buffer.alloc(0)));
    }
    hub.mishap = () => undefined;
    hub.cdnRequests.length = 0;
    hub.datasets.set("org/open", { ...open, main: "c".repeat(40) });
    const result = await fetchInto(output, ["org/open"]);
    hub.datasets.set("org/open", open);
    expect(result.code).toBe(0);
    await expectExact(output, tables);
    const resumed = hub.cdnRequests.flatMap(({ range }) => (range ? [Number(/\d+/.exec(range)?.[0])] : []));
    expect(resumed.filter((at) => at >= 150_000).length).toBeGreaterThanOrEqual(4);
    expect(await readdir(join(output, ".prep-metadata"))).toEqual(["record.json"]);
  });
});

/** Waits until this many parts have grown by as much as the server sends. */
async function untilParts(output: string, count: number, grown: number): Promise<void> {
  const hidden = join(output, ".prep-metadata");
  const sizes = async () => {
    const names = existsSync(hidden) ? (await readdir(hidden)).filter((name) => name.endsWith(".part")) : [];
    return await Promise.all(names.map(async (name) => (await stat(join(hidden, name))).size));
  };
  const before = new Map((await sizes()).map((size, index) => [index, size]));
  const base = before.size === 0 ? 0 : Math.max(...before.values());
  for (;;) {
    const now = await sizes();
    if (now.filter((size) => size >= base + grown).length >= count) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
