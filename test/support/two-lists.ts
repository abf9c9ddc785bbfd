// Two lists that tests of --incremental-mode download into one output.
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { makeFolder, namesIn } from "./cli/refusals.ts";
import { type ScriptedServer, startScriptedServer } from "./fetch/scripted-server.ts";
import { sidecarRows } from "./output.ts";
import { writeParquet } from "./parquet.ts";
import { runPrepHere } from "./prep-here.ts";
import { paintPicture } from "./transform/painted-picture.ts";

/** Rows of the lists; a shard has ten. */
export const ROWS = { first: 25, second: 42 } as const;
export const EXTEND = ["--incremental_mode", "extend"];
export const OVERWRITE = ["--incremental-mode=overwrite"];

let folder: Awaited<ReturnType<typeof makeFolder>>;
/** The server of the calling file; answers every row with a small picture. */
export let server: ScriptedServer;

/** Writes the lists and starts their server for the calling file. */
export function serveTwoLists(): void {
  beforeAll(async () => {
    folder = await makeFolder();
    server = await startScriptedServer({ "/a.jpg": { body: await paintPicture(40, 30) } });
    for (const [name, rows] of Object.entries(ROWS)) await writeList(name, rows);
  });
  afterAll(async () => {
    await server.close();
    await folder.remove();
  });
}

/** A path in the folder of the calling file, which has the lists and the outputs. */
export function at(...names: string[]): string {
  return join(folder.path, ...names);
}

/** Writes a list whose URLs end with its name and the number of the row; returns its path. */
export async function writeList(name: string, rows: number): Promise<string> {
  return await writeParquet(at(`${name}.parquet`), `SELECT '${server.url("/a.jpg")}?${name}' || i AS url FROM range(${rows}) r(i)`);
}

/** Arguments that download a list into an output. */
export function downloadArgs(list: string, output: string, ...more: string[]): string[] {
  const options = ["--output-format", "webdataset", "--number-sample-per-shard", "10", "--resize-mode", "no", "--allow-private-network"];
  return ["download", at(`${list}.parquet`), "--output", at(output), ...options, ...more];
}

/** Downloads a list into an output and expects success; returns what the run printed to stderr. */
export async function download(list: string, output: string, ...more: string[]): Promise<string> {
  const { code, stderr } = await runPrepHere(downloadArgs(list, output, ...more));
  expect(code === 0 ? "" : stderr).toBe("");
  return stderr;
}

/** The ends of the URLs of an output, in key order: list and row. */
export async function rowsIn(output: string): Promise<string[]> {
  return (await sidecarRows(at(output))).map(({ url }) => String(url).replace(/.*\?/, ""));
}

/** The ends of the URLs of a list. */
export function rowsOf(list: keyof typeof ROWS): string[] {
  return Array.from({ length: ROWS[list] }, (_, row) => `${list}${row}`);
}

/** Names of the tars of an output. */
export function tarsIn(output: string): string[] {
  return namesIn(at(output)).filter((name) => /^\d+\.tar$/.test(name));
}
