// The conductor, stage one: the record of a finished selection, which is the file `selection.json`.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { OutputError } from "../core/errors.ts";
import type { RowChecksum } from "../partition/checksum.ts";
import type { Partition } from "../partition/cut.ts";
import type { ColumnType } from "../sql/database.ts";
import { type CommitRecord, publish, readRecord, sweep } from "../store/commit.ts";
import { type Identity, insistOnIdentity } from "./identity.ts";

/** Version of `selection.json`. */
export const SELECTION_FORMAT_VERSION = 1;

/** What a finished selection is and where it came from. */
export interface SelectionRecord extends CommitRecord {
  /** Digest of the identity; the partitions' footers and the run's identity name it. */
  readonly selection: string;
  readonly identity: Identity;
  readonly urlColumn: string;
  readonly captionColumn?: string;
  readonly columns: readonly ColumnType[];
  readonly partitions: readonly Partition[];
  readonly funnel: { readonly rowsRead: number; readonly rowsKept: number };
  /** Of the rows that went in and, equal to it, of those that the partitions hold; with `--verify-partitions`. */
  readonly checksum?: RowChecksum;
  /** Rows that are equal in every column to another one; with `--verify-partitions`. */
  readonly duplicates?: number;
  readonly metadata: readonly string[];
  readonly versions: Readonly<Record<string, string | undefined>>;
}

/** The record of an output's selection as it stands; undefined where there is none. Refuses one of another version. */
export async function readSelection(output: string): Promise<SelectionRecord | undefined> {
  const record = (await readRecord(join(output, "selection.json"))) as SelectionRecord | undefined;
  if (!record || record.format_version === SELECTION_FORMAT_VERSION) return record;
  throw new OutputError(
    record.format_version === undefined
      ? `${output}/selection.json is no record of prep`
      : `${output}/selection.json is of format ${record.format_version}, this version reads ${SELECTION_FORMAT_VERSION}`,
    record.format_version === undefined ? "Move it elsewhere, or name another --output." : "Finish it with the version that began it.",
  );
}

/** The selection that an output holds, published; undefined where it holds none. Refuses one of another identity. */
export async function finishedSelection(output: string, identity?: Identity): Promise<SelectionRecord | undefined> {
  const record = await readSelection(output);
  if (!record) return undefined;
  if (identity) insistOnIdentity(output, "selection", record.identity, identity);
  const lost = await publish(output, record);
  if (lost.length > 0) throw new OutputError(`the partitions of ${output} are gone`, "Remove selection.json to make them again.");
  await sweep(output, (subject) => subject === "selection");
  // Of a start that was killed between its commit and its last removal: it may be as large as the result.
  await rm(join(output, "_prep", "work", record.selection), { recursive: true, force: true });
  return record;
}
