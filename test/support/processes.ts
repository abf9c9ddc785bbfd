// Processes that are dead or elsewhere, as the names of their files in an output tell.
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { unlockFile } from "../../src/sql/file-lock.ts";
import { createLockFile } from "../../src/store/lock-file.ts";
import { ownProcess } from "../../src/store/process-name.ts";
import { temporaryFolder } from "../../src/store/temporary-folder.ts";

const [MACHINE = "", BOOT = ""] = ownProcess().split(".");

/** A process of this machine, since its last start: what its names say between subject and end. */
export function localProcess(token = randomBytes(6).toString("hex")): string {
  return `${MACHINE}.${BOOT}.${token}`;
}

/** One that held its lock in the output and was killed. */
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

/** A process that has locked a file and lives; rejects where it cannot. */
export async function startHolder(path: string): Promise<ChildProcess> {
  const holder = spawn(process.execPath, ["--input-type=module", "--eval", HOLDER, path], { stdio: ["pipe", "pipe", "inherit"] });
  const said = String(((await once(holder.stdout, "data")) as unknown[])[0]).trim();
  if (said !== "held") throw new Error(said);
  return holder;
}

/** Kills a process, and resolves when it is gone. */
export async function killed(holder: ChildProcess): Promise<void> {
  const gone = once(holder, "exit");
  holder.kill("SIGKILL");
  await gone;
}

/** One that lives, in a process of its own: a test that reads all of an output would drop a lock of its own. */
export async function livingProcess(output: string): Promise<{ readonly name: string; readonly kill: () => Promise<void> }> {
  const name = localProcess();
  const holder = await startHolder(join(temporaryFolder(output), `lock.${name}`));
  return { name, kill: () => killed(holder) };
}

/** One of this machine before its last start. */
export const REBOOTED = `${MACHINE}.0123456789ab.0123456789ab`;

/** One of another machine. */
export const ELSEWHERE = "elsewhere.ba9876543210.0123456789ab";

/** One of a version that named processes by their numbers. */
export const OLD = `${MACHINE}.1`;
