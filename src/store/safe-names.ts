// Refuses records that name files outside their output.
import { isAbsolute } from "node:path";
import { OutputError } from "../core/errors.ts";

/** The part of a record that names files, and the folder of an attempt. */
interface NamingRecord {
  readonly attempt?: string;
  readonly files?: readonly { readonly name: string }[];
}

/**
 * Whether all files that a record names lie in its output. An output may come from a stranger, and publishing moves and removes these
 * files. Records of img2dataset name none.
 */
export function hasSafeNames(record: NamingRecord | null): boolean {
  const isWithin = (name: unknown) => typeof name === "string" && name !== "" && !isAbsolute(name) && !name.split(/[\\/]/).includes("..");
  if (record?.attempt !== undefined && !/^[\w-][\w.-]*$/.test(record.attempt)) return false;
  return (
    record?.files === undefined || (Array.isArray(record.files) && record.files.every((file?: { name?: unknown }) => isWithin(file?.name)))
  );
}

/** Throws OutputError if a record names files outside its output; `path` is the record's. */
export function insistOnSafeNames(record: NamingRecord, path: string): void {
  if (hasSafeNames(record)) return;
  throw new OutputError(
    `the record ${path} names files outside its output`,
    "No version of prep writes such a record: do not trust that folder.",
  );
}
