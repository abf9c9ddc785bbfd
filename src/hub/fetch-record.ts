// What a folder of fetched tables remembers: which data set, which commit, and what each file must be.
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { OutputError } from "../core/errors.ts";
import { replaceFile } from "../store/local/durable.ts";
import { errorCode } from "../store/system-errors.ts";
import type { HubFile } from "./client.ts";

/** Hidden, so that no reader of the tables takes it for one. */
export const FETCH_FOLDER = ".prep-metadata";

/** The record as JSON. */
export interface FetchRecord {
  readonly format: 1;
  readonly endpoint: string;
  readonly dataset: string;
  /** As it was asked for: a branch, a tag or a commit. */
  readonly revision: string;
  /** What it meant at the first start; later starts stay with it. */
  readonly commit: string;
  readonly files: readonly HubFile[];
}

/** The record of a folder, undefined where nothing was fetched into it. Throws OutputError for one that cannot be read. */
export async function readRecord(output: string): Promise<FetchRecord | undefined> {
  const path = join(output, FETCH_FOLDER, "record.json");
  try {
    const record = JSON.parse(await readFile(path, "utf8")) as FetchRecord;
    if (record.format === 1) return record;
  } catch (error) {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR") return undefined;
  }
  throw new OutputError(`${path} is no record that this version reads`, "Name another --output, or remove the folder.");
}

/** Writes the record, with the files of earlier starts kept; `before` is what is there. */
export async function writeRecord(output: string, record: FetchRecord, before: FetchRecord | undefined): Promise<void> {
  const files = new Map([...(before?.files ?? []), ...record.files].map((file) => [file.path, file]));
  const merged = { ...record, files: [...files.values()].sort((left, right) => (left.path < right.path ? -1 : 1)) };
  const path = join(output, FETCH_FOLDER, "record.json");
  await replaceFile(path, `${JSON.stringify(merged, null, 1)}\n`, `${path}.${randomBytes(6).toString("hex")}`);
}
