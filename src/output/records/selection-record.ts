// Reads selection.json, the record of a finished selection, and publishes its partitions.
import { OutputError } from "../../core/errors.ts";
import { type Identity, insistOnIdentity } from "../../job/identity.ts";
import type { RowChecksum } from "../../partition/checksum.ts";
import type { Partition } from "../../partition/cut.ts";
import type { ColumnType } from "../../sql/database.ts";
import { type CommitRecord, DamagedRecordError } from "../../store/commit-record.ts";
import { storeAt } from "../../store/store-at.ts";
import { errorCode } from "../../store/system-errors.ts";
import { removeWorkFolders } from "../work-folders.ts";

/** The file of the record, in the output. */
export const SELECTION_FILE = "selection.json";

/** Version of `selection.json`. */
export const SELECTION_FORMAT_VERSION = 1;

/** What a finished selection holds, and what it was made from. */
export interface SelectionRecord extends CommitRecord {
  /** Digest of the identity. The run's identity and the partitions' footers contain it. */
  readonly selection: string;
  readonly identity: Identity;
  readonly urlColumn: string;
  readonly captionColumn?: string;
  readonly columns: readonly ColumnType[];
  readonly partitions: readonly Partition[];
  /** `isShare` is false if the kept rows are not a share of the rows read, as after a join. */
  readonly funnel: { readonly rowsRead: number; readonly rowsKept: number; readonly isShare?: false };
  /** With `--verify-partitions`: the checksum of the selected rows, which is also that of the rows in the partitions. */
  readonly checksum?: RowChecksum;
  /** With `--verify-partitions`: rows that equal another row in every column. */
  readonly duplicates?: number;
  readonly metadata: readonly string[];
  /** The command that made it, as it was typed, without passwords and tokens. Absent in records of older versions. */
  readonly command?: string;
  readonly versions: Readonly<Record<string, string | undefined>>;
}

/** Reads the record of an output's selection; undefined if there is none. Throws OutputError for another version and for a file that is no record. */
export async function readSelection(output: string): Promise<SelectionRecord | undefined> {
  const store = storeAt(output);
  const path = store.location(SELECTION_FILE);
  const record = (await store.readRecord(SELECTION_FILE).catch((error: unknown) => {
    if (error instanceof DamagedRecordError || errorCode(error) === "EISDIR") throw noSelection(path);
    throw error;
  })) as SelectionRecord | null | undefined;
  if (record === undefined) {
    // A link to nothing has the name all the same.
    if (await store.exists(SELECTION_FILE)) throw noSelection(path);
    return undefined;
  }
  if (typeof record?.format_version === "number" && record.format_version !== SELECTION_FORMAT_VERSION) {
    throw new OutputError(
      `${path} is of format ${record.format_version}, this version reads ${SELECTION_FORMAT_VERSION}`,
      "Finish it with the version that began it.",
    );
  }
  if (typeof record?.selection !== "string" || !Array.isArray(record.partitions)) throw noSelection(path);
  return record;
}

function noSelection(path: string): OutputError {
  return new OutputError(`${path} is not a record of prep`, "Move it elsewhere, or name another --output.");
}

/** The selection of an output, with its partitions published; undefined if there is none. Throws OutputError if its identity is another. */
export async function finishedSelection(output: string, identity?: Identity): Promise<SelectionRecord | undefined> {
  const record = await readSelection(output);
  if (!record) return undefined;
  if (identity) insistOnIdentity(output, "selection", record.identity, identity);
  const lost = await storeAt(output).publish(record);
  if (lost.length > 0)
    throw new OutputError(
      `the partitions of ${output} are gone`,
      "Remove selection.json, and what is left in partitions, to make them again.",
    );
  await storeAt(output).sweep((subject) => subject === "selection");
  // A start that was killed after its commit left its work folder, which may be as large as the result.
  await removeWorkFolders(output, record.selection);
  return record;
}
