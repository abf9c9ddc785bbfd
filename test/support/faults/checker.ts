// Checks an output of a fault test against the rows that went in, without trusting prep.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import tar from "tar-stream";
import { IncompleteError, OutputError } from "../../../src/core/errors.ts";
import { verifyOutput } from "../../../src/output/verify/verify-output.ts";
import type { Busy, KnownRow, Site } from "./site.ts";

/** The part of the site that the checker knows. */
type Expected = Pick<Site, "rows" | "requestOf" | "busy">;

/** A tar member. */
interface Member {
  readonly name: string;
  readonly sha256: string;
  readonly body: Buffer;
}

/** The columns of a sidecar that the checker reads. */
interface SidecarRow {
  readonly url: string;
  readonly caption: string;
  readonly key: string;
  readonly status: string;
  readonly outcome: string;
  readonly sha256: string | null;
}

/** The part of a commit record that the checker reads. */
interface StoredRecord {
  readonly attempt: string;
  readonly count: number;
  readonly successes: number;
  readonly files: readonly { readonly name: string; readonly bytes: number; readonly sha256: string }[];
}

const RECORD = /^(\d+)_stats\.json$/;
const SHARD_FILE = /^(\d+)\.(tar|parquet)$/;

/** Names in the output of a finished run beside its shards. */
const OTHER_NAMES = new Set(["_prep", "run.json", "sizes.json"]);

/**
 * Returns everything that is wrong with an output, each problem with its rule; an empty list means that all rules hold.
 * After a run that was cut off (`isFinished` false) only visible files are checked, for what must hold at every moment.
 *
 * The rules: (1) every input row is recorded once and ended as it had to; (2) a tar has the members of the successes, in
 * key order; (3) digests, sizes and counts are those of the record; (4) the tar and its sidecar are of one attempt; (5) no
 * shard without a record, no record without its files, no other names; (6) no temporary files; (7) the system's tar lists
 * the same members; (8) `prep verify` agrees. Tars are read with tar-stream, sidecars with DuckDB, records as JSON.
 */
export async function faultsOfOutput(output: string, site: Expected, isFinished = true): Promise<string[]> {
  const faults: string[] = [];
  const names = (await readdir(output)).sort();
  const recorded = names.flatMap((name) => RECORD.exec(name)?.[1] ?? []);
  const rows: SidecarRow[] = [];
  for (const name of names) {
    const shard = SHARD_FILE.exec(name)?.[1];
    if (shard !== undefined && !recorded.includes(shard)) faults.push(`(5) ${name} is visible and has no record`);
    if (shard === undefined && !RECORD.test(name) && !OTHER_NAMES.has(name) && isFinished) faults.push(`(5) ${name} does not belong there`);
  }
  for (const shard of recorded) {
    const record = await readRecord(join(output, `${shard}_stats.json`));
    if (!record) {
      faults.push(`(5) torn: ${shard}_stats.json`);
      continue;
    }
    const missing = record.files.filter(({ name }) => !names.includes(name));
    // The next start gives the missing files their names.
    if (missing.length > 0) {
      if (isFinished) faults.push(`(5) ${missing.map(({ name }) => name).join(", ")} recorded and not there`);
      continue;
    }
    rows.push(...(await checkShard(output, shard, record, site, faults)));
  }
  checkRows(rows, site, isFinished, faults);
  const left = isFinished ? await leftovers(join(output, "_prep", "tmp")) : [];
  if (left.length > 0) faults.push(`(6) left over: ${left.join(", ")}`);
  faults.push(...(await verifyFaults(output, isFinished, recorded.length)));
  return faults;
}

/** Temporary files, except the locks of processes that a test has stopped. */
async function leftovers(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  const locked = names.length > 0 ? await readFile("/proc/locks", "utf8") : "";
  const inodes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).ino));
  // A process has a lock of its own and locks what it claims.
  const isLock = (name: string) => name.startsWith("lock.") || name.includes(".lock-");
  return names.filter((name, index) => !isLock(name) || !locked.includes(`:${inodes[index]} `));
}

/** Rule 8, in this process: hundreds of starts of `prep verify` would take minutes. */
async function verifyFaults(output: string, isFinished: boolean, records: number): Promise<string[]> {
  try {
    const { findings, shards, shardsUndone } = await verifyOutput(output, {
      now: () => performance.now(),
      signal: new AbortController().signal,
      onFinding: () => undefined,
      onProgress: () => undefined,
    });
    // After a start that was cut off, files may lack their names and summaries may be old.
    const wrong = findings.filter(({ kind }) => isFinished || (kind !== "unpublished" && kind !== "summary"));
    return [
      ...wrong.map(({ kind, file, text }) => `(8) prep verify finds ${file} ${kind}: ${text}`),
      ...(shards < records ? [`(8) prep verify reads ${shards} of ${records} shards`] : []),
      ...(isFinished && shardsUndone > 0 ? [`(8) prep verify misses ${shardsUndone} shards`] : []),
    ];
  } catch (error) {
    const isNone = error instanceof OutputError && /is not an output/.test(error.message);
    const isBegun = error instanceof IncompleteError && /has nothing finished yet/.test(error.message);
    return !isFinished && records === 0 && (isNone || isBegun) ? [] : [`(8) prep verify ends with ${String(error)}`];
  }
}

async function readRecord(path: string): Promise<StoredRecord | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as StoredRecord;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The ends that a row may have: success (true), failure (false), or either. */
function mayEnd({ isSuccess, isBusy }: KnownRow, busy: Busy): readonly boolean[] {
  if (!isBusy) return [isSuccess];
  return busy === "was" ? [true, false] : [busy === "no"];
}

/** Rule 1. */
function checkRows(rows: readonly SidecarRow[], { rows: known, busy }: Expected, isFinished: boolean, faults: string[]): void {
  const byUrl = new Map(known.map((row) => [row.url, row]));
  const seen = new Set<string>();
  for (const { url, caption, status, outcome } of rows) {
    const row = byUrl.get(url);
    if (!row) faults.push(`(1) ${url} was never put in`);
    else if (seen.has(url)) faults.push(`(1) ${url} is recorded twice`);
    else if (row.caption !== caption) faults.push(`(1) ${url} has the caption ${caption}`);
    else if (!mayEnd(row, busy).includes(status === "success")) faults.push(`(1) ${url} ended as ${outcome}`);
    seen.add(url);
  }
  if (isFinished && seen.size !== known.length) faults.push(`(1) ${known.length - seen.size} of ${known.length} rows are recorded nowhere`);
  if (new Set(rows.map(({ key }) => key)).size !== rows.length) faults.push("(1) keys repeat");
}

async function checkShard(
  output: string,
  shard: string,
  record: StoredRecord,
  site: Pick<Site, "requestOf">,
  faults: string[],
): Promise<SidecarRow[]> {
  for (const { name, bytes, sha256 } of record.files) {
    const body = await readFile(join(output, name));
    if (body.length !== bytes || digest(body) !== sha256) faults.push(`(3) ${name} is not as recorded`);
  }
  let members: Member[];
  let rows: SidecarRow[];
  try {
    members = await readTar(join(output, `${shard}.tar`));
    rows = await readSidecar(join(output, `${shard}.parquet`));
  } catch (error) {
    faults.push(`(2) shard ${shard} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    return [];
  }
  const successes = rows.filter(({ status }) => status === "success");
  if (record.count !== rows.length || record.successes !== successes.length) faults.push(`(3) the counts of shard ${shard} are wrong`);
  const expected = successes.flatMap(({ key }) => [`${key}.jpg`, `${key}.json`, `${key}.txt`]);
  if (members.map(({ name }) => name).join() !== expected.join()) {
    faults.push(`(2) ${shard}.tar has ${members.length} members where ${expected.length} belong in it`);
    return rows;
  }
  for (const [index, row] of successes.entries()) {
    const [image, json, text] = members.slice(index * 3);
    const fields = JSON.parse(json?.body.toString("utf8") ?? "{}") as Record<string, unknown>;
    if (fields["url"] !== row.url || fields["key"] !== row.key) faults.push(`(2) ${row.key}.json is of another sample`);
    if (text?.body.toString("utf8") !== row.caption) faults.push(`(2) ${row.key}.txt is of another sample`);
    // No two requests got the same bytes, so equal digests prove one attempt.
    if (image?.sha256 !== row.sha256) faults.push(`(4) ${row.key}.jpg and its sidecar row are of different attempts`);
    const asked = site.requestOf(image?.sha256 ?? "");
    if (asked === undefined || !row.url.endsWith(asked)) faults.push(`(4) ${row.key}.jpg holds what no request for its row got`);
  }
  const listed = execFileSync("tar", ["-tf", join(output, `${shard}.tar`)], { encoding: "utf8" });
  if (listed.trim() !== expected.join("\n")) faults.push(`(7) tar lists other members of ${shard}.tar`);
  return rows;
}

function digest(body: Buffer): string {
  return createHash("sha256").update(body).digest("hex");
}

async function readTar(path: string): Promise<Member[]> {
  const members: Member[] = [];
  const extract = tar.extract();
  const source = createReadStream(path);
  source.on("error", (error) => extract.destroy(error));
  source.pipe(extract);
  for await (const entry of extract) {
    const pieces: Buffer[] = [];
    for await (const piece of entry) pieces.push(piece as Buffer);
    const body = Buffer.concat(pieces);
    members.push({ name: entry.header.name, sha256: digest(body), body });
  }
  return members;
}

let database: Promise<DuckDBInstance> | undefined;

async function readSidecar(path: string): Promise<SidecarRow[]> {
  database ??= DuckDBInstance.create(":memory:", { threads: "1" });
  const connection = await (await database).connect();
  try {
    const reader = await connection.runAndReadAll(
      `SELECT url, caption, key, status, outcome, sha256 FROM read_parquet('${path.replaceAll("'", "''")}') ORDER BY key`,
    );
    return reader.getRowObjectsJson() as unknown as SidecarRow[];
  } finally {
    connection.closeSync();
  }
}
