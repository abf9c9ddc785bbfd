// Refuses records that name files outside their output.
import { isAbsolute } from "node:path";
import { OutputError } from "../core/errors.ts";

/** What a record names: the folder of an attempt, and files. */
interface NamingRecord {
  readonly attempt?: string;
  readonly files?: readonly { readonly name: string }[];
}

/** Whether all that a record names lies in its output: publishing moves and removes it. What img2dataset records names nothing. */
export function hasSafeNames(record: NamingRecord | null): boolean {
  const isWithin = (name: unknown) => typeof name === "string" && name !== "" && !isAbsolute(name) && !name.split(/[\\/]/).includes("..");
  if (record?.attempt !== undefined && !/^[\w-][\w.-]*$/.test(record.attempt)) return false;
  return (
    record?.files === undefined || (Array.isArray(record.files) && record.files.every((file?: { name?: unknown }) => isWithin(file?.name)))
  );
}

/** Throws OutputError for a record that names anything outside of its output; `path` is the record's. */
export function insistOnSafeNames(record: NamingRecord, path: string): void {
  if (hasSafeNames(record)) return;
  throw new OutputError(
    `the record ${path} names files outside of its output`,
    "No version of prep writes such a record: do not trust that folder.",
  );
}
