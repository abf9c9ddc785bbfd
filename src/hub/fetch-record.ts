// The record in a folder of fetched tables: data set, commit, and size and digest of each file.
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { OutputError } from "../core/errors.ts";
import { replaceFile } from "../store/local/durable.ts";
import { errorCode } from "../store/system-errors.ts";
import type { HubFile } from "./client.ts";

/** The folder of the record and of unfinished files. Hidden, so that readers of the tables ignore it. */
export const FETCH_FOLDER = ".prep-metadata";

/** The record as JSON. */
export interface FetchRecord {
  readonly format: 1;
  readonly endpoint: string;
  readonly dataset: string;
  /** The branch, tag or commit that the user asked for. */
  readonly revision: string;
  /** What the revision meant at the first start. Later starts use the same commit. */
  readonly commit: string;
  readonly files: readonly HubFile[];
}

/** The record of a folder; undefined if nothing was fetched into it. Throws OutputError if it cannot be read. */
export async function readRecord(output: string): Promise<FetchRecord | undefined> {
  const path = join(output, FETCH_FOLDER, "record.json");
  try {
    const record = JSON.parse(await readFile(path, "utf8")) as FetchRecord;
    if (record.format === 1) return record;
  } catch (error) {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR") return undefined;
  }
  throw new OutputError(`this version of prep cannot read ${path}`, "Name another --output, or remove the folder.");
}

/** Writes the record, and keeps the files of `before`, the record of earlier starts. */
export async function writeRecord(output: string, record: FetchRecord, before: FetchRecord | undefined): Promise<void> {
  const files = new Map([...(before?.files ?? []), ...record.files].map((file) => [file.path, file]));
  const merged = { ...record, files: [...files.values()].sort((left, right) => (left.path < right.path ? -1 : 1)) };
  const path = join(output, FETCH_FOLDER, "record.json");
  await replaceFile(path, `${JSON.stringify(merged, null, 1)}\n`, `${path}.${randomBytes(6).toString("hex")}`);
}
