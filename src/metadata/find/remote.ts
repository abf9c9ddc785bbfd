// Where a run begins: addresses of the hub and of web servers, read in place by DuckDB's httpfs extension where that is installed.
import { InputError, PrepError } from "../../core/errors.ts";
import { Database } from "../../sql/database.ts";
import { filesMatching, filesToRead } from "../../sql/text.ts";

/** A file at an address, with its size as the server tells it. */
export interface RemoteFile {
  readonly path: string;
  readonly bytes: number;
}

const READ_IN_PLACE = /^(hf|https?):\/\//i;
const ANY_STORE = /^(hf|https?|s3|gs|gcs|az|abfss?|r2):\/\//i;

/** Whether a path names something on another machine. */
export function isRemote(path: string): boolean {
  return ANY_STORE.test(path);
}

/**
 * The parquet files behind an address with their sizes, sorted: of the hub a repository, a folder, a glob or a file; of a web
 * server one file. Throws InputError where httpfs is not installed, says how to get it, and where nothing can be read.
 */
export async function findRemoteFiles(address: string): Promise<RemoteFile[]> {
  const pattern = patternOf(address);
  const database = await Database.open({ threads: 1, memoryLimitBytes: 500e6 });
  try {
    await allowRemote(database, [pattern]);
    const rows = await database.rows(`SELECT filename, size FROM read_blob(${filesMatching(pattern)}) ORDER BY filename`);
    if (rows.length === 0) throw new InputError(`${address} matches no parquet file`, "Check the address.");
    return rows.map(({ filename, size }) => ({ path: String(filename), bytes: Number(size) }));
  } catch (thrown) {
    if (thrown instanceof PrepError) throw thrown;
    throw new InputError(`${address} cannot be read: ${firstLine(thrown)}`, unreadableHint(address), { cause: thrown });
  } finally {
    database.close();
  }
}

/** Loads what a database needs to read these paths, nothing for local ones; call it before the fence, which then lets the files through. */
export async function allowRemote(database: Database, paths: readonly string[]): Promise<void> {
  const [remote] = paths.filter(isRemote);
  if (remote === undefined) return;
  try {
    await database.run(LOAD_HTTPFS);
  } catch (thrown) {
    const [row] = await database.rows("SELECT version() AS version");
    throw new InputError(
      `${remote} is no local path, and DuckDB's httpfs extension, which reads such addresses in place, is not installed`,
      `Install it with DuckDB ${String(row?.["version"])}, the one in prep: duckdb -c "INSTALL httpfs". Or fetch the files once: ${fetchHint(remote)}`,
      { cause: thrown },
    );
  }
  // Without a token this makes an empty secret, which open data sets do not need.
  if (paths.some((path) => /^hf:/i.test(path))) await database.run(HUB_SECRET).catch(() => undefined);
}

/** The statement that lets any DuckDB read addresses; and the one that gives it the token of the hub, from where `hf auth login` left it or HF_TOKEN. */
export const LOAD_HTTPFS = "LOAD httpfs";
export const HUB_SECRET = "CREATE OR REPLACE SECRET prep_hub (TYPE huggingface, PROVIDER credential_chain)";

/** A text for each file, by path, that is another one when its footer is: sizes, places and statistics of all columns. */
export async function fingerprintRemoteFiles(database: Database, files: readonly RemoteFile[]): Promise<Map<string, string>> {
  if (files.length === 0) return new Map();
  const rows = await database.rows(
    `SELECT file_name AS path, left(md5(string_agg(concat_ws(' ', row_group_id, row_group_num_rows, path_in_schema, type, num_values,
     stats_min_value, stats_max_value, stats_null_count, data_page_offset, total_compressed_size), chr(10) ORDER BY row_group_id, column_id)), 8) AS print
     FROM parquet_metadata(${filesToRead(files.map(({ path }) => path))}) GROUP BY file_name`,
  );
  return new Map(rows.map(({ path, print }) => [String(path), String(print)]));
}

/** What DuckDB is asked for. Throws InputError for what it cannot read in place. */
function patternOf(address: string): string {
  if (!READ_IN_PLACE.test(address)) {
    throw new InputError(
      `${address} is no local path, and only hf:// and https:// are read in place`,
      "Copy the files to a local disk, or mount the store.",
    );
  }
  if (/\.parquet$/i.test(address)) return address;
  if (/^hf:/i.test(address) && !/[*?[]/.test(address)) return `${address.replace(/\/+$/, "")}/**/*.parquet`;
  throw new InputError(`${address} is no parquet file, and nothing else is read in place`, `Fetch it first: ${fetchHint(address)}`);
}

function fetchHint(address: string): string {
  const [, repository] = /^hf:\/\/datasets\/([^/]+\/[^/@]+)/i.exec(address) ?? [];
  return /^hf:/i.test(address)
    ? `prep metadata ${repository ?? "ORG/NAME"} --output FOLDER; it is checked, pinned to a commit and resumed.`
    : "with any program, to a local disk.";
}

function unreadableHint(address: string): string {
  return /^hf:/i.test(address)
    ? `Check the address; gated sets need their terms accepted and a token (hf auth login). Or: ${fetchHint(address)}`
    : "Check the address; the server must answer HEAD and range requests.";
}

function firstLine(thrown: unknown): string {
  return (thrown instanceof Error ? thrown.message : String(thrown)).split("\n", 1)[0] ?? "";
}
