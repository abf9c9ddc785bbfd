// Finds parquet files at hf:// and https:// addresses, for DuckDB's httpfs extension.
import { InputError, PrepError } from "../../core/errors.ts";
import { Database } from "../../sql/database.ts";
import { filesMatching, filesToRead } from "../../sql/text.ts";

/** A file at an address, with the size that the server reports. */
export interface RemoteFile {
  readonly path: string;
  readonly bytes: number;
}

const READ_IN_PLACE = /^(hf|https?):\/\//i;
const ANY_STORE = /^(hf|https?|s3|gs|gcs|az|abfss?|r2):\/\//i;

/** Whether a path is an address on another machine. */
export function isRemote(path: string): boolean {
  return ANY_STORE.test(path);
}

/**
 * The parquet files at an address with their sizes, sorted. On the hub, the address is a repository, folder, glob or file; on a
 * web server it is one file. Throws InputError if nothing can be read, or if httpfs is not installed, with how to install it.
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

/** Lets a database read addresses among these paths. Local paths need nothing. Call it before the fence is set up. */
export async function allowRemote(database: Database, paths: readonly string[]): Promise<void> {
  const [remote] = paths.filter(isRemote);
  if (remote === undefined) return;
  try {
    await database.run(LOAD_HTTPFS);
  } catch (thrown) {
    const [row] = await database.rows("SELECT version() AS version");
    throw new InputError(
      `${remote} is an address, and DuckDB's httpfs extension, which reads addresses, is not installed`,
      `Install it with DuckDB ${String(row?.["version"])}, the version in prep: duckdb -c "INSTALL httpfs". Or fetch the files first: ${fetchHint(remote)}`,
      { cause: thrown },
    );
  }
  // Without a token the secret is empty, which suffices for open data sets.
  if (paths.some((path) => /^hf:/i.test(path))) await database.run(HUB_SECRET).catch(() => undefined);
}

/** The statement that lets DuckDB read addresses. */
export const LOAD_HTTPFS = "LOAD httpfs";

/** The statement that gives DuckDB the hub's token, from HF_TOKEN or as `hf auth login` stored it. */
export const HUB_SECRET = "CREATE OR REPLACE SECRET prep_hub (TYPE huggingface, PROVIDER credential_chain)";

/** A fingerprint of each file's footer, by path: sizes, offsets and statistics of all columns. */
export async function fingerprintRemoteFiles(database: Database, files: readonly RemoteFile[]): Promise<Map<string, string>> {
  if (files.length === 0) return new Map();
  const rows = await database.rows(
    `SELECT file_name AS path, left(md5(string_agg(concat_ws(' ', row_group_id, row_group_num_rows, path_in_schema, type, num_values,
     stats_min_value, stats_max_value, stats_null_count, data_page_offset, total_compressed_size), chr(10) ORDER BY row_group_id, column_id)), 8) AS fingerprint
     FROM parquet_metadata(${filesToRead(files.map(({ path }) => path))}) GROUP BY file_name`,
  );
  return new Map(rows.map(({ path, fingerprint }) => [String(path), String(fingerprint)]));
}

/** The pattern for DuckDB. Throws InputError for an address that it cannot read in place. */
function patternOf(address: string): string {
  if (!READ_IN_PLACE.test(address)) {
    throw new InputError(
      `${address} is an address, and only hf:// and https:// addresses are read in place`,
      "Copy the files to a local disk, or mount the store.",
    );
  }
  if (/\.parquet$/i.test(address)) return address;
  if (/^hf:/i.test(address) && !/[*?[]/.test(address)) return `${address.replace(/\/+$/, "")}/**/*.parquet`;
  throw new InputError(`${address} is not a parquet file, and only parquet is read in place`, `Fetch it first: ${fetchHint(address)}`);
}

function fetchHint(address: string): string {
  const [, repository] = /^hf:\/\/datasets\/([^/]+\/[^/@]+)/i.exec(address) ?? [];
  return /^hf:/i.test(address)
    ? `prep metadata ${repository ?? "ORG/NAME"} --output FOLDER; it checks files, pins a commit and resumes.`
    : "with any program, to a local disk.";
}

function unreadableHint(address: string): string {
  return /^hf:/i.test(address)
    ? `Check the address. Gated data sets need accepted terms and a token (hf auth login). Or: ${fetchHint(address)}`
    : "Check the address. The server must answer HEAD and range requests.";
}

function firstLine(thrown: unknown): string {
  return (thrown instanceof Error ? thrown.message : String(thrown)).split("\n", 1)[0] ?? "";
}
