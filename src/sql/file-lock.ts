// Kernel locks on files, taken by DuckDB and held until they are released or the process ends.
//
// Node has no call for such a lock. DuckDB locks every database file that it opens (fcntl F_SETLK), so a lock file is an
// empty database. POSIX drops all locks that a process has on a file when it closes any descriptor of that file: nothing
// here opens a file that this process has locked.
import { resolve } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { type SqlError, toSqlError } from "./errors.ts";
import { fileToWrite, quoteName } from "./text.ts";

/** `locked`: by this call. `held`: somebody has it. `unsupported`: the file system keeps no locks. */
export type LockResult = "locked" | "held" | "unsupported";

/** `unknown` where there is no such file, it may not be read, or the file system keeps no locks. */
export type LockState = "held" | "free" | "unknown";

/** Files that this process has locked. */
const own = new Set<string>();

/** Creates the file (12 KiB) and locks it. Throws SqlError where its folder is missing or the disk is full. */
export function lockFile(path: string): Promise<LockResult> {
  const file = resolve(path);
  return inTurn(async (database) => {
    if (own.has(file)) return "held";
    const error = await attach(database, file, "");
    if (error === undefined) own.add(file);
    else if (/no such file|no space left|quota exceeded/i.test(error.message)) throw error;
    return error === undefined ? "locked" : isHeld(error) ? "held" : "unsupported";
  });
}

/** Releases a lock; the file stays. */
export function unlockFile(path: string): Promise<void> {
  const file = resolve(path);
  return inTurn(async (database) => {
    if (own.delete(file)) await database.run(`DETACH ${quoteName(file)}`);
  });
}

/**
 * Asks whether a process has locked a file, without writing anything, so also on a read-only mount. If nobody has, nobody
 * can while `whileFree` runs.
 */
export function askLock(path: string, whileFree: () => Promise<void> = async () => undefined): Promise<LockState> {
  const file = resolve(path);
  return inTurn(async (database) => {
    if (own.has(file)) return "held";
    const error = await attach(database, file, "(READ_ONLY)");
    if (error !== undefined && !isTorn(error)) return isHeld(error) ? "held" : "unknown";
    try {
      await whileFree();
    } finally {
      if (error === undefined) await database.run(`DETACH ${quoteName(file)}`);
    }
    return "free";
  });
}

async function attach(database: DuckDBConnection, file: string, options: string): Promise<SqlError | undefined> {
  try {
    await database.run(`ATTACH ${fileToWrite(file)} AS ${quoteName(file)} ${options}`);
    return undefined;
  } catch (error) {
    return toSqlError(error);
  }
}

/** DuckDB asks the kernel who has a lock that it does not get; where there are no locks, that question fails too. */
function isHeld({ message }: SqlError): boolean {
  return message.includes("Conflicting lock is held");
}

/** Locked, then found to be no database: its process was killed before it had written the file. */
function isTorn({ message }: SqlError): boolean {
  return message.includes("not a valid DuckDB database file");
}

let database: Promise<DuckDBConnection> | undefined;
let turn: Promise<unknown> = Promise.resolve();

/** One at a time, since DuckDB refuses to open a file twice. Measured: 10 ms and 3 MB for the first, 1 ms for each further lock. */
function inTurn<T>(work: (database: DuckDBConnection) => Promise<T>): Promise<T> {
  // Loaded when it is needed: verbs that only read records do without, where no process is to be asked for.
  database ??= import("./lock-database.ts").then(({ openLockDatabase }) => openLockDatabase());
  const opened = database;
  const result = turn.then(async () => await work(await opened));
  turn = result.catch(() => undefined);
  return result;
}
