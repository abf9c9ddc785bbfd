// Reads commit records, and gives their files their names by one rename each.
import { readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { type CommitRecord, DamagedRecordError } from "../commit-record.ts";
import { insistOnSafeNames } from "../safe-names.ts";
import { errorCode } from "../system-errors.ts";
import { exists, syncDirectory } from "./durable.ts";
import { moveInto } from "./move-into.ts";
import { removeAttempt } from "./removal.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** The record at a path, as `Store.readRecord` promises it. */
export async function readRecord(path: string): Promise<CommitRecord | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
  let record: CommitRecord;
  try {
    record = JSON.parse(text) as CommitRecord;
  } catch (error) {
    throw new DamagedRecordError(path, error);
  }
  insistOnSafeNames(record, path);
  return record;
}

/** Publishes a record's files, as `Store.publish` promises it; `renameFile` is replaced in tests. */
export async function publish(
  output: string,
  record: CommitRecord,
  visibleName?: string,
  renameFile: typeof rename = rename,
): Promise<string[]> {
  insistOnSafeNames(record, record.attempt);
  const folder = join(temporaryFolder(output), record.attempt);
  const lost: string[] = [];
  const names = record.files.map(({ name }) => name);
  // Last: until it has its name, readers of the record know that the files may be those of the next generation.
  if (visibleName !== undefined) names.push(visibleName);
  for (const name of names) {
    try {
      await moveInto(join(folder, name), output, name, join(folder, "replaced"), renameFile);
    } catch (error) {
      if (errorCode(error) !== "ENOENT") throw error;
      if (!(await exists(join(output, name)))) lost.push(name);
    }
  }
  await syncDirectory(output);
  await removeAttempt(folder);
  return lost;
}
