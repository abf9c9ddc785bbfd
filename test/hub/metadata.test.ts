// `prep metadata` against a loopback hub: complete, exact and pinned, whatever the hub, the line and the process do.
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { PrepError } from "../../src/core/errors.ts";
import { partPath } from "../../src/hub/fetch-file.ts";
import type { RunEffects } from "../../src/run/config.ts";
import type { RunEvent } from "../../src/run/events.ts";
import { fetchMetadata } from "../../src/run/fetch-metadata.ts";
import { expectRefusal, expectWords, makeFolder } from "../cli/support.ts";
import { type HubDataset, type HubServer, sha256, startHubServer } from "../support/hub-server.ts";
import { type PrepResult, runPrep, startPrep } from "../support/run-prep.ts";

const COMMIT = "a".repeat(40);
const TOKEN = "hf_test";

function bytesOf(seed: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0, value = seed + 1; at < length; at++) {
    value = (Math.imul(value, 1664525) + 1013904223) >>> 0;
    bytes[at] = value >>> 24;
  }
  return bytes;
}

const files = new Map<string, Buffer>([
  [".gitattributes", Buffer.from("*.parquet filter=lfs\n")],
  ["README.md", Buffer.from("# a card\n")],
  ...Array.from({ length: 6 }, (_, part): [string, Buffer] => [`data/part-0000${part}-x.parquet`, bytesOf(part, 200_000 + part)]),
  ["data/.part-00000-x.parquet.crc", Buffer.from("crc")],
  ["data/part-00006-x.npz", bytesOf(9, 5000)],
  ["small.parquet", Buffer.from("PAR1 not in LFS")],
]);
const open: HubDataset = { commit: COMMIT, files };
const tables = [...files.keys()].filter((path) => path.endsWith(".parquet"));

const EFFECTS: RunEffects = {
  ...{ emit: () => undefined, signal: new AbortController().signal, environment: {}, now: Date.now, directory: "/" },
  ...{ packageQueries: "", program: "", version: "0", verbs: [] },
};

let folder: { path: string; remove: () => Promise<void> };
let hub: HubServer;
let outputs = 0;

beforeAll(async () => {
  folder = await makeFolder();
  hub = await startHubServer({
    "org/open": open,
    "laion/relaion2B-en-research-safe": { ...open, gate: [TOKEN] },
    "org/huge": { ...open, claimedBytes: 9e14 },
  });
});
afterEach(() => hub.reset());
afterAll(async () => {
  await hub.close();
  await folder.remove();
});

const environment = (token = "") => ({
  HF_ENDPOINT: hub.endpoint,
  HF_TOKEN: token,
  HF_HOME: join(folder.path, "none"),
  HTTP_PROXY: "",
  http_proxy: "",
});
const newOutput = () => join(folder.path, `out${outputs++}`);
/** The program itself. */
const fetchByProgram = (output: string, args: readonly string[], token?: string) =>
  runPrep(["metadata", ...args, "--output", output], { env: environment(token) });

/** The same in this process: a start of the program costs more than most of these fetches. */
async function fetchInto(output: string, args: readonly string[], token?: string): Promise<PrepResult> {
  const options = { files: { type: "string", multiple: true }, revision: { type: "string" } } as const;
  const { positionals, values } = parseArgs({ args: [...args], allowPositionals: true, options });
  const lines: string[] = [];
  const emit = (event: RunEvent) => {
    if (event.event === "notice") lines.push(`notice: ${event.text}`);
  };
  const request = { dataset: positionals[0] ?? "", revision: values.revision, globs: values.files ?? [], output };
  try {
    await fetchMetadata(request, { ...EFFECTS, emit, environment: environment(token) });
    return { code: 0, signal: null, stdout: `${output}\n`, stderr: lines.join("\n") };
  } catch (error) {
    if (!(error instanceof PrepError)) throw error;
    return { code: error.exitCode, signal: null, stdout: "", stderr: [...lines, error.message, error.hint].join("\n") };
  }
}

/** Files under their final names, hidden folders left out. */
async function visible(output: string): Promise<string[]> {
  if (!existsSync(output)) return [];
  const entries = await readdir(output, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !join(entry.parentPath, entry.name).includes(".prep-metadata"))
    .map((entry) => join(entry.parentPath, entry.name).slice(output.length + 1))
    .sort();
}

/** Every visible file has the bytes of the hub. */
async function expectExact(output: string, paths: readonly string[]): Promise<void> {
  expect(await visible(output)).toEqual([...paths].sort());
  for (const path of paths) expect(sha256(await readFile(join(output, path))), path).toBe(sha256(files.get(path) ?? Buffer.alloc(0)));
}

describe("prep metadata", () => {
  it("fetches all tables of a set whose list has several pages, checks them and records the commit", async () => {
    const output = newOutput();
    const result = await fetchByProgram(output, ["org/open"]);
    expect(result).toMatchObject({ code: 0, stdout: `${output}\n` });
    expect(result.stderr).toContain(`fetching 7 files (1.20 MB) of org/open at ${COMMIT}`);
    await expectExact(output, tables);
    const record = JSON.parse(await readFile(join(output, ".prep-metadata", "record.json"), "utf8"));
    expect(record).toMatchObject({ dataset: "org/open", revision: "main", commit: COMMIT });
    expect(record.files.map((file: { path: string }) => file.path)).toEqual(tables);
    // What is fetched is asked for at the commit, so that a branch that moves meanwhile mixes nothing.
    expect(hub.hubRequests.filter(({ path }) => path.includes("/resolve/")).every(({ path }) => path.includes(COMMIT))).toBe(true);

    hub.cdnRequests.length = 0;
    expect((await fetchInto(output, ["org/open"])).code).toBe(0);
    expect(hub.cdnRequests).toEqual([]);
  });

  it("follows a renamed set, tells its progress as NDJSON, and takes short names in any letters", async () => {
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

  it("fetches what globs match, and more of the same commit later", async () => {
    const output = newOutput();
    expect((await fetchInto(output, ["org/open", "--files", "part-0000[0-1]*"])).code).toBe(0);
    await expectExact(output, tables.slice(0, 2));
    expect((await fetchInto(output, ["org/open", "--files", "data/*.npz", "--revision", COMMIT])).code).toBe(0);
    await expectExact(output, [...tables.slice(0, 2), "data/part-00006-x.npz"]);
    await expectRefusalOf(["org/open", "--files", "part-9*"], 2, ["--files part-9* matches none of the 11 files", "One of them is"]);
  });

  it("sends the token to the hub and to nobody else", async () => {
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

  it("finds the token that the hub's own tools have stored", async () => {
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

/** Refused, with nothing written. */
async function expectRefusalOf(args: readonly string[], code: number, says: readonly string[], token = ""): Promise<void> {
  const output = newOutput();
  expectWords(await fetchInto(output, args, token), { code, says, output });
}

describe("what cannot be fetched", () => {
  it("is refused before anything is written, with what to do", async () => {
    const gated = "relaion2B-en-research-safe";
    const page = `Accept the terms at ${hub.endpoint}/datasets/laion/${gated}`;
    await expectRefusalOf([gated], 4, ["gated", "there is no token", page, "HF_TOKEN"]);
    await expectRefusalOf([gated], 4, ["the account of this token may not read it", page], "hf_other");
    await expectRefusalOf(["org/open"], 4, ["does not accept the token", "/settings/tokens"], "revoked");
    await expectRefusalOf(["org/missing"], 4, ["org/missing is no data set that somebody without a token can see"]);
    await expectRefusalOf(["laion/relaion2B-en-research-save"], 4, ["Did you mean laion/relaion2B-en-research-safe?"], TOKEN);
    await expectRefusalOf(["coyo700m"], 2, ["there is no data set called coyo700m", "Did you mean coyo-700m?"]);
    await expectRefusalOf(["coyo"], 2, ["Did you mean coyo-700m?"]);
    await expectRefusalOf(["datacomp"], 2, ["Did you mean datacomp-small, datacomp-medium, datacomp-large or datacomp-xlarge?"]);
    await expectRefusalOf(["org/../open"], 2, ["there is no data set called"]);
    await expectRefusalOf(["org/open", "--revision", "v9"], 4, ["org/open has no revision v9"]);
    await expectRefusalOf(["org/huge"], 5, ["7 files need 6.30 PB more in", "are free"]);
    expect(hub.cdnRequests).toEqual([]);
  });

  it("includes withdrawn sets, whose successors are named", async () => {
    await expectRefusalOf(["laion2B-en"], 4, [
      "laion2B-en was withdrawn in December 2023",
      "Its successor is laion/relaion2B-en-research-safe.",
    ]);
    await expectRefusalOf(["laion/laion400m"], 4, ["laion/relaion400m"]);
    await expectRefusalOf(["laion/laion2B-multi-joined"], 4, ["laion/relaion2B-multi-research-safe"]);
    expect(hub.hubRequests).toEqual([]);
  });

  it("leaves a folder of something else alone", async () => {
    const output = newOutput();
    expect((await fetchInto(output, ["org/open", "--files=small*"])).code).toBe(0);
    hub.datasets.set("org/open", { ...open, commit: "b".repeat(40) });
    const other = await fetchInto(output, ["org/open", "--revision", "b".repeat(40)]);
    hub.datasets.set("org/open", open);
    expectWords(other, { code: 5, says: [`holds org/open at ${COMMIT}`, "Name another --output"] });
    expectWords(await fetchInto(output, ["coyo-700m"]), { code: 5, says: ["holds org/open, not kakaobrain/coyo-700m"] });
    await truncate(join(output, "small.parquet"), 3);
    expectWords(await fetchInto(output, ["org/open"]), { code: 5, says: ["small.parquet is there already and is not the data set's"] });
    const foreign = newOutput();
    await mkdir(foreign);
    await writeFile(join(foreign, "small.parquet"), "PAR1 not of LFS");
    expectWords(await fetchInto(foreign, ["org/open"]), { code: 5, says: ["is there already and is not the data set's"] });
    expect(await visible(foreign)).toEqual(["small.parquet"]);
    await expectRefusal(["metadata", "org/open"], { code: 2, says: ["no output was named"] });
  });
});

describe("a bad line", () => {
  it("costs nothing but time: cuts, throttling and errors are waited out, and bytes that came are kept", async () => {
    const output = newOutput();
    // What a client has not read when the connection breaks is lost with it, so the cut comes when all has been stored.
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

  it("that changes bytes is noticed by the digest: once is mended, twice is refused, and nothing wrong is ever visible", async () => {
    const mended = newOutput();
    const wrong = bytesOf(77, 200_003);
    hub.mishap = (path, attempt) => (path.includes("00003") && attempt === 1 ? { instead: wrong } : undefined);
    expect((await fetchInto(mended, ["org/open"])).code).toBe(0);
    await expectExact(mended, tables);
    const refused = newOutput();
    hub.mishap = (path) => (path.includes("00003") ? { instead: wrong } : undefined);
    expectWords(await fetchInto(refused, ["org/open"]), {
      code: 4,
      says: ["data/part-00003-x.parquet came twice with another content than the hub promises"],
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
  it("continues where it was, on the commit of its first start, with no half file under its name", async () => {
    const output = newOutput();
    // Every file stops in the middle, further on at each start; the process is killed while it waits for the rest.
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

/** Waits until so many parts have grown by as much as the server sends. */
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
