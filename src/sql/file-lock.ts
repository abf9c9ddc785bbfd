// Kernel locks on files, which DuckDB takes and holds until they are released or the process ends.
//
// Node has no call for such a lock. DuckDB locks every database file that it opens (fcntl F_SETLK), so a lock file is an empty
// database. POSIX releases all locks of a process on a file when the process closes any descriptor of that file. Nothing here
// opens a file that this process has locked.
import { resolve } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { type SqlError, toSqlError } from "./errors.ts";
import { fileToWrite, quoteName } from "./text.ts";

/** `locked`: this call took the lock. `held`: another holder has it. `unsupported`: the file system has no locks. */
export type LockResult = "locked" | "held" | "unsupported";

/** `unknown`: there is no such file, it may not be read, or the file system has no locks. */
export type LockState = "held" | "free" | "unknown";

/** Files that this process has locked. */
const own = new Set<string>();

/** Creates a file (12 KiB) and locks it. Throws SqlError if its folder is missing or the disk is full. */
export function lockFile(path: string): Promise<LockResult> {
  const file = resolve(path);
  return oneAfterTheOther(async (database) => {
    if (own.has(file)) return "held";
    const error = await attach(database, file, "");
    if (error === undefined) own.add(file);
    else if (/no such file|no space left|quota exceeded/i.test(error.message)) throw error;
    return error === undefined ? "locked" : isHeld(error) ? "held" : "unsupported";
  });
}

/** Releases a lock. The file stays. */
export function unlockFile(path: string): Promise<void> {
  const file = resolve(path);
  return oneAfterTheOther(async (database) => {
    if (own.delete(file)) await database.run(`DETACH ${quoteName(file)}`);
  });
}

/**
 * Asks whether a process has locked a file. Writes nothing, so it works on a read-only mount. If the lock is free, nobody can take it
 * while `whileFree` runs.
 */
export function askLock(path: string, whileFree: () => Promise<void> = async () => undefined): Promise<LockState> {
  const file = resolve(path);
  return oneAfterTheOther(async (database) => {
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

/** When DuckDB does not get a lock, it asks the kernel who has it. Without support for locks that question fails too. */
function isHeld({ message }: SqlError): boolean {
  return message.includes("Conflicting lock is held");
}

/** DuckDB got the lock and found no database: the process that created the file was killed before it wrote it. */
function isTorn({ message }: SqlError): boolean {
  return message.includes("not a valid DuckDB database file");
}

let database: Promise<DuckDBConnection> | undefined;
let last: Promise<unknown> = Promise.resolve();

/** Does one piece of work after the other, because DuckDB refuses to open a file twice. Measured: 10 ms and 3 MB for the first lock, 1 ms for each further one. */
function oneAfterTheOther<T>(work: (database: DuckDBConnection) => Promise<T>): Promise<T> {
  // Loaded on first use: verbs that only read records rarely need a lock.
  database ??= import("./lock-database.ts").then(({ openLockDatabase }) => openLockDatabase());
  const opened = database;
  const result = last.then(async () => await work(await opened));
  last = result.catch(() => undefined);
  return result;
}
