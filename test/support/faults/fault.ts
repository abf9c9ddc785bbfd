// Faults that a process under test commits itself, handed over in its environment.
import { readdirSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";

/** A kind of file system call of Node; `write` and `read` include all their forms. */
export type CallKind =
  | "open"
  | "write"
  | "read"
  | "fsync"
  | "close"
  | "link"
  | "rename"
  | "unlink"
  | "rm"
  | "mkdir"
  | "readFile"
  | "readdir";

/** Every kind of call. */
export const ALL_CALLS: readonly CallKind[] = [
  "open",
  "write",
  "read",
  "fsync",
  "close",
  "link",
  "rename",
  "unlink",
  "rm",
  "mkdir",
  "readFile",
  "readdir",
];

/** A fault at one file system call of Node. Calls that DuckDB makes by itself are never affected. */
export interface CallFault {
  /** Only calls on paths below this folder count. */
  readonly root: string;
  /** Which processes have the fault: the workers, or the main process of the run. */
  readonly role: "worker" | "main";
  /** Which calls count; `path` is a regular expression for the path below `root`, for link and rename for the new path. */
  readonly call: { readonly kinds: readonly CallKind[]; readonly path?: string };
  /** Which of these calls has the fault, counted from 1 in each process. */
  readonly k: number;
  /** Send SIGKILL (or `signal`) before or after the call, fail it with `code`, hold it, or only record every call in `log`. */
  readonly action: "kill-before" | "kill-after" | "fail" | "record" | "hold";
  /** A held call continues when this file exists. */
  readonly until?: string;
  readonly signal?: NodeJS.Signals;
  /** Kills the parent process first, so that nobody repairs what the process leaves. */
  readonly withParent?: boolean;
  readonly code?: string;
  /** Every later call of these kinds fails, on any path. */
  readonly forever?: readonly CallKind[];
  /** The process believes that it runs on another machine, so that others cannot ask its locks. */
  readonly isElsewhere?: boolean;
  /** Hard links fail, as on some network file systems. */
  readonly linkless?: boolean;
  /** Gets a line for each call that had the fault. */
  readonly log?: string;
}

/** A wall clock that is wrong from the start and may jump once. */
export interface ClockFault {
  readonly clock: { readonly offsetMs: number; readonly jumpMs?: number; readonly jumpAfterMs?: number };
}

/** No fault: every process only leaves its process id as a file in this folder. */
export interface PidRecord {
  readonly pids: string;
}

/** Environment variables that give `prep`, and all processes that it starts, a fault. */
export function faultEnvironment(fault: CallFault | ClockFault | PidRecord): Record<string, string> {
  return { ...hookEnvironment("fault-hook.mjs"), PREP_FAULT: JSON.stringify(fault) };
}

/** Environment variables that make `prep`, and all processes that it starts, load a hook of this folder first. */
export function hookEnvironment(file: string): Record<string, string> {
  const hook = pathToFileURL(fileURLToPath(new URL(file, import.meta.url))).href;
  return { NODE_OPTIONS: [process.env["NODE_OPTIONS"], `--import=${hook}`].filter(Boolean).join(" ") };
}

/** Ids of the processes that left them in a folder. */
export function recordedPids(folder: string): number[] {
  return readdirSync(folder).map(Number);
}
