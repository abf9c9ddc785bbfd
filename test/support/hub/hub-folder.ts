// Starts a loopback hub with small data sets for a test file, and fetches from it.
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { PrepError } from "../../../src/core/errors.ts";
import type { RunEffects } from "../../../src/job/config.ts";
import type { RunEvent } from "../../../src/job/events.ts";
import { fetchMetadata } from "../../../src/run/metadata.ts";
import { expectWords, makeFolder } from "../cli/refusals.ts";
import type { PrepResult } from "../run-prep.ts";
import { type HubDataset, type HubServer, sha256, startHubServer } from "./hub-server.ts";

/** The commit of the main branch. */
export const COMMIT = "a".repeat(40);
/** The token that may read the gated set. */
export const TOKEN = "hf_test";

/** Pseudo-random bytes that depend on the seed. */
export function bytesOf(seed: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0, value = seed + 1; at < length; at++) {
    value = (Math.imul(value, 1664525) + 1013904223) >>> 0;
    bytes[at] = value >>> 24;
  }
  return bytes;
}

/** The files of every set. */
export const files = new Map<string, Buffer>([
  [".gitattributes", Buffer.from("*.parquet filter=lfs\n")],
  ["README.md", Buffer.from("# a card\n")],
  ...Array.from({ length: 6 }, (_, part): [string, Buffer] => [`data/part-0000${part}-x.parquet`, bytesOf(part, 200_000 + part)]),
  ["data/.part-00000-x.parquet.crc", Buffer.from("crc")],
  ["data/part-00006-x.npz", bytesOf(9, 5000)],
  ["small.parquet", Buffer.from("PAR1 not in LFS")],
]);
/** A set that anyone may read. */
export const open: HubDataset = { commit: COMMIT, files };
/** Its tables. */
export const tables = [...files.keys()].filter((path) => path.endsWith(".parquet"));

const EFFECTS: RunEffects = {
  ...{ emit: () => undefined, signal: new AbortController().signal, environment: {}, now: Date.now, waits: false, directory: "/" },
  ...{ packageQueries: "", program: "", version: "0", verbs: [] },
};

/** The folder for outputs of the calling test file. */
export let folder: { path: string; remove: () => Promise<void> };
/** The hub of the calling test file. */
export let hub: HubServer;
let outputs = 0;

/** Starts a hub for the calling test file, and resets it after each test. Test files share this module, but not hooks. */
export function serveHub(): void {
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
}

/** The environment variables that point to the hub. */
export const environment = (token = "") => ({
  HF_ENDPOINT: hub.endpoint,
  HF_TOKEN: token,
  HF_HOME: join(folder.path, "none"),
  HTTP_PROXY: "",
  http_proxy: "",
});

/** A folder that does not exist yet. */
export const newOutput = () => join(folder.path, `out${outputs++}`);

/** Runs `prep metadata` in this process, because starting the program costs more than most of these fetches. */
export async function fetchInto(output: string, args: readonly string[], token?: string): Promise<PrepResult> {
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

/** Files under their final names, without hidden folders. */
export async function visible(output: string): Promise<string[]> {
  if (!existsSync(output)) return [];
  const entries = await readdir(output, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !join(entry.parentPath, entry.name).includes(".prep-metadata"))
    .map((entry) => join(entry.parentPath, entry.name).slice(output.length + 1))
    .sort();
}

/** Expects that every visible file has the hub's bytes. */
export async function expectExact(output: string, paths: readonly string[]): Promise<void> {
  expect(await visible(output)).toEqual([...paths].sort());
  for (const path of paths) expect(sha256(await readFile(join(output, path))), path).toBe(sha256(files.get(path) ?? Buffer.alloc(0)));
}

/** Expects a refusal, with nothing written. */
export async function expectRefusalOf(args: readonly string[], code: number, says: readonly string[], token = ""): Promise<void> {
  const output = newOutput();
  expectWords(await fetchInto(output, args, token), { code, says, output });
}
