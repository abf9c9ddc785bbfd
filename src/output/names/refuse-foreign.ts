// Refuses an output in which foreign files have prep's names.
import { join } from "node:path";
import { OutputError } from "../../core/errors.ts";
import { readMarks } from "../../metadata/columns/partition-mark.ts";
import { isFolderShardName } from "../../shard/shard-names.ts";
import { Database } from "../../sql/database.ts";
import { foreignMembers, insistOnMembers, PARTITIONS_FOLDER } from "../../store/own-members.ts";
import type { Store } from "../../store/store.ts";
import { storeAt } from "../../store/store-at.ts";
import type { DownloadPlan } from "../plans/download-plan.ts";
import { readSelection } from "../records/selection-record.ts";
import { isPrepName, SUMMARIES } from "./output-names.ts";
import { isPlanned } from "./own-files.ts";

/** `_prep` and the folders in it. */
const PREP_FOLDERS = ["_prep", ...["tmp", "work", "inputs", "generations"].map((folder) => join("_prep", folder))];

/** Throws OutputError if `_prep` or a folder in it is a link or a file, or if nothing in it is prep's. */
export async function refuseForeignPrep(output: string): Promise<void> {
  const store = storeAt(output);
  for (const name of PREP_FOLDERS) {
    const kind = await store.kind(name);
    if (kind === undefined || kind === "folder") continue;
    throw new OutputError(
      `${store.location(name)} is a ${kind === "link" ? "link" : "file"}, and prep keeps its plans and temporary files in a folder of that name`,
      "Move it elsewhere, or name another --output.",
    );
  }
  const names = (await store.kind("_prep")) === "folder" ? (await store.names("_prep")).sort() : [];
  const [first] = names.filter((name) => !name.startsWith("."));
  if (first === undefined || names.some(isPrepName)) return;
  throw new OutputError(
    `${store.location("_prep")} holds ${first}, which prep did not make, and prep keeps its plans and temporary files in a folder of that name`,
    "Move the folder elsewhere, or name another --output.",
  );
}

/**
 * Throws OutputError if the names of a selection are taken: by a foreign `selection.json`, or, without a record of prep, by a
 * `partitions` that holds anything but partitions of prep.
 */
export async function refuseForeignSelection(output: string): Promise<void> {
  if (await readSelection(output)) return;
  const store = storeAt(output);
  const kind = await store.kind(PARTITIONS_FOLDER);
  if (kind === undefined) return;
  const why = kind === "folder" ? await foreignIn(store) : `is a ${kind === "link" ? "link" : "file"}`;
  if (why === undefined) return;
  throw new OutputError(
    `${store.location(PARTITIONS_FOLDER)} ${why}: it would be lost when the new partitions get that name`,
    "Move it elsewhere, or name another --output.",
  );
}

/** Says what in `partitions` is not prep's; undefined if everything is. */
async function foreignIn(store: Store): Promise<string | undefined> {
  const [first] = await foreignMembers(store, PARTITIONS_FOLDER);
  if (first !== undefined) return `holds ${first}, which prep did not make`;
  const names = (await store.names(PARTITIONS_FOLDER)).sort();
  if (names.length === 0) return undefined;
  const database = await Database.open({ threads: 1, memoryLimitBytes: 500e6 });
  try {
    for (const name of names) {
      const path = store.location(join(PARTITIONS_FOLDER, name));
      const marks = await readMarks(database, [{ path }]).catch(() => undefined);
      if (!marks) return `holds ${name}, which cannot be read`;
      if (marks.size === 0) return `holds ${name}, which has no mark of prep`;
    }
    return undefined;
  } finally {
    database.close();
  }
}

/**
 * Throws OutputError if an undone shard of the plan, or a summary, could not get its name: because a folder has the name of its file, a
 * link or a file has the name of its folder, or its folder holds foreign files.
 */
export async function refuseOddNames(output: string, plan: DownloadPlan, recorded: readonly number[]): Promise<void> {
  const done = new Set(recorded);
  const store = storeAt(output);
  for (const { name, kind } of await store.entries()) {
    const isOpen = isPlanned([plan], name) && !done.has(Number.parseInt(name, 10));
    if (!isOpen && !SUMMARIES.has(name)) continue;
    const isFolder = kind === "folder";
    if (isFolder && name.endsWith(".claim") && (await store.isLeftCreation(name))) continue;
    if (isFolder && isFolderShardName(name)) await insistOnMembers(store, name);
    else if (isFolder || (isOpen && (kind !== "file" || isFolderShardName(name)))) {
      throw new OutputError(
        `${store.location(name)} is ${isFolder ? "a folder" : kind === "link" ? "a link" : "no folder"} and stands where this run writes`,
        "Move it elsewhere, then start the same command again: what is committed stays.",
      );
    }
  }
}
