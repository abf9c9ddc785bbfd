// Names of dead, living and foreign processes, as the files of an output carry them.
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { unlockFile } from "../../src/sql/file-lock.ts";
import { temporaryFolder } from "../../src/store/local/temporary-folder.ts";
import { createLockFile } from "../../src/store/locks/lock-file.ts";
import { ownProcess } from "../../src/store/locks/process-name.ts";

const [MACHINE = "", BOOT = ""] = ownProcess().split(".");

/** The name of a process of this machine since its last boot: the part of a file name between subject and ending. */
export function localProcess(token = randomBytes(6).toString("hex")): string {
  return `${MACHINE}.${BOOT}.${token}`;
}

/** The name of a killed process that held its lock in the output. */
export async function deadProcess(output: string): Promise<string> {
  const name = localProcess();
  const lock = join(temporaryFolder(output), `lock.${name}`);
  await createLockFile(lock);
  await unlockFile(lock);
  return name;
}

const HOLDER = `
const { DuckDBInstance } = await import("@duckdb/node-api");
try {
  globalThis.held = await (await DuckDBInstance.create()).connect();
  await held.run("ATTACH '" + process.argv[1].replaceAll("'", "''") + "' AS held");
  process.stdin.on("end", () => process.exit()).resume();
  console.log("held");
} catch (error) {
  console.log(error.message);
}
`;

/** Starts a process that locks a file and keeps the lock; throws if it cannot. */
export async function startHolder(path: string): Promise<ChildProcess> {
  const holder = spawn(process.execPath, ["--input-type=module", "--eval", HOLDER, path], { stdio: ["pipe", "pipe", "inherit"] });
  const said = String(((await once(holder.stdout, "data")) as unknown[])[0]).trim();
  if (said !== "held") throw new Error(said);
  return holder;
}

/** Kills a process; resolves when it is gone. */
export async function killed(holder: ChildProcess): Promise<void> {
  const gone = once(holder, "exit");
  holder.kill("SIGKILL");
  await gone;
}

/** Starts a process that holds its lock in the output. The test cannot hold it: reading the lock file would drop the lock. */
export async function livingProcess(output: string): Promise<{ readonly name: string; readonly kill: () => Promise<void> }> {
  const name = localProcess();
  const holder = await startHolder(join(temporaryFolder(output), `lock.${name}`));
  return { name, kill: () => killed(holder) };
}

/** The name of a process of this machine before its last boot. */
export const REBOOTED = `${MACHINE}.0123456789ab.0123456789ab`;

/** The name of a process of another machine. */
export const ELSEWHERE = "elsewhere.ba9876543210.0123456789ab";

/** The name of a process of an older version, which named processes by their ids. */
export const OLD = `${MACHINE}.1`;
