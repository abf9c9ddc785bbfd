// Compares the partitions of an output with selection.json.
import { join } from "node:path";
import { plural } from "../../core/units.ts";
import { identityDigest } from "../../job/identity.ts";
import { sealState } from "../../store/seal.ts";
import { storeAt } from "../../store/store-at.ts";
import { errorCode } from "../../store/system-errors.ts";
import { SELECTION_FORMAT_VERSION, type SelectionRecord } from "../records/selection-record.ts";
import type { Findings } from "./findings.ts";

const RECORD = "selection.json";

/** Reads the partitions and reports what differs from their record. Undefined if the output has none. */
export async function verifySelection(
  output: string,
  present: ReadonlySet<string>,
  findings: Findings,
): Promise<{ readonly partitions: number; readonly bytes: number } | undefined> {
  if (!present.has(RECORD)) {
    if (present.has("partitions")) findings.add({ kind: "unrecorded", file: "partitions", text: "no selection.json names it" });
    return undefined;
  }
  const add = (kind: "plan" | "missing" | "size" | "digest" | "unrecorded" | "unpublished", file: string, text: string) =>
    findings.add({ kind, file, text });
  const store = storeAt(output);
  const text = await store.readText(RECORD);
  if (sealState(text) === "broken") {
    add("plan", RECORD, "it is damaged: its text differs from what was written");
    return { partitions: 0, bytes: 0 };
  }
  const record = JSON.parse(text) as SelectionRecord;
  if (record.format_version !== SELECTION_FORMAT_VERSION) {
    add(
      "plan",
      RECORD,
      record.format_version === undefined
        ? "it has no format version"
        : `its format version ${record.format_version} is unknown to this version of prep`,
    );
    return { partitions: 0, bytes: 0 };
  }
  if (record.selection !== identityDigest(record.identity)) add("plan", RECORD, "its identity does not match its selection");
  if (await store.isUnpublished(record, "partitions")) {
    add("unpublished", "partitions", "they are committed but not yet in place; the next start of prep on this output moves them there");
    return { partitions: 0, bytes: 0 };
  }
  let bytes = 0;
  for (const { name, bytes: wanted, sha256 } of record.partitions) {
    const file = join("partitions", name);
    const seen = await store.digest(file).catch((error: unknown) => {
      add("missing", file, errorCode(error) === "ENOENT" ? "it is recorded but missing" : `it cannot be read: ${String(error)}`);
      return undefined;
    });
    bytes += seen?.bytes ?? 0;
    if (seen && seen.bytes !== wanted) add("size", file, `it has ${plural(seen.bytes, "byte")}, its record says ${wanted}`);
    else if (seen && seen.sha256 !== sha256) add("digest", file, "its SHA-256 differs from its record");
  }
  const known = new Set(record.partitions.map(({ name }) => name));
  for (const name of await store.names("partitions").catch(() => []))
    if (!known.has(name)) add("unrecorded", join("partitions", name), "selection.json does not name it");
  return { partitions: record.partitions.length, bytes };
}
