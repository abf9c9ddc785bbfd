// Runs one command and measures it from outside: wall time, CPU, memory, disk.
import { spawn, spawnSync } from "node:child_process";
import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { endedChildrenSeconds, ProcessTree } from "./process-tree.ts";

/** What to run. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Folder whose highest total size is the disk's peak. */
  readonly watched: string;
  readonly timeoutMs?: number;
}

/** What one run took. */
export interface Measured {
  /** From the start of the process to its end. */
  readonly wallSeconds: number;
  /** User and system time, children included. */
  readonly cpuSeconds: number;
  /** Peak RSS of the largest process. */
  readonly rssBytes: number;
  readonly largestProcess: string;
  /** Highest size seen of everything in the watched folder, temporary files included. */
  readonly diskBytes: number;
  readonly stdout: string;
}

const SAMPLE_MS = 100;
const DISK_EVERY = 4;

/** Runs the command to its end. Throws with its last words if it fails or takes too long. Run nothing else beside it. */
export async function measure(command: Command): Promise<Measured> {
  // What an earlier run wrote must be on the disk before this one starts.
  spawnSync("sync");
  const cpuBefore = endedChildrenSeconds();
  const start = performance.now();
  const child = spawn(command.file, command.args, { env: { ...process.env, ...command.env }, stdio: ["ignore", "pipe", "pipe"] });
  const tree = new ProcessTree(child.pid ?? -1);
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(-4000);
  });
  let samples = 0;
  let diskBytes = 0;
  const sampling = setInterval(() => {
    tree.sample();
    if (samples++ % DISK_EVERY === 0) diskBytes = Math.max(diskBytes, folderBytes(command.watched));
  }, SAMPLE_MS);
  const limit = setTimeout(() => child.kill("SIGKILL"), command.timeoutMs ?? 3_600_000);
  try {
    const code = await new Promise<number | string | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (exit, signal) => resolve(signal ?? exit));
    });
    const wallSeconds = (performance.now() - start) / 1000;
    if (code !== 0) throw new Error(`${[command.file, ...command.args].join(" ")} ended with ${code}:\n${stderr}\n${stdout.slice(-2000)}`);
    const usage = tree.usage();
    return {
      wallSeconds,
      // The kernel's sum misses processes that nobody waited for. The samples have those, but miss the last 100 ms of each.
      cpuSeconds: Math.max(endedChildrenSeconds() - cpuBefore, usage.cpuSeconds),
      rssBytes: usage.largestRssBytes,
      largestProcess: usage.largest,
      diskBytes: Math.max(diskBytes, folderBytes(command.watched)),
      stdout,
    };
  } finally {
    clearInterval(sampling);
    clearTimeout(limit);
  }
}

/** The last line of a process's output that is a JSON object. */
export function lastJson(stdout: string): Readonly<Record<string, number>> {
  const line = stdout
    .trim()
    .split("\n")
    .findLast((text) => text.startsWith("{"));
  if (line === undefined) throw new Error(`no JSON in the output: ${stdout.slice(-500)}`);
  return JSON.parse(line) as Readonly<Record<string, number>>;
}

/** Bytes that everything in a folder takes on the disk; 0 without a folder. */
export function folderBytes(path: string): number {
  try {
    const status = lstatSync(path);
    if (!status.isDirectory()) return status.blocks * 512;
    return readdirSync(path).reduce((sum, name) => sum + folderBytes(join(path, name)), 0);
  } catch {
    // The entry has just been removed.
    return 0;
  }
}
