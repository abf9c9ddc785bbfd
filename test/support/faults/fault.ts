// Faults that a process under test does to itself at an exact call: written into its environment, carried out by fault-hook.mjs.
import { readdirSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";

/** A kind of call to the file system; `write` and `read` are all their forms. */
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

/** Every kind. */
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

/** What goes wrong, and where. Calls are those of Node: what DuckDB does by itself is none of them. */
export interface CallFault {
  /** Only calls on paths below this folder count. */
  readonly root: string;
  /** Which processes have the fault: those that pack shards, or the one that directs them. */
  readonly role: "worker" | "main";
  /** Which calls count; `path` is the source of a regular expression for the path below `root` (of link and rename, the new name's). */
  readonly call: { readonly kinds: readonly CallKind[]; readonly path?: string };
  /** The number of the call that meets the fault, from 1, in each process. */
  readonly k: number;
  /** SIGKILL (or `signal`) on entering or on leaving the call, or the call fails with `code`, or is held; or nothing, but `log` tells all. */
  readonly action: "kill-before" | "kill-after" | "fail" | "record" | "hold";
  /** A call that is held goes on when this file is there. */
  readonly until?: string;
  readonly signal?: NodeJS.Signals;
  /** A kill takes the process that started this one first, so that nobody heals what it leaves. */
  readonly withParent?: boolean;
  readonly code?: string;
  /** Every later call of these kinds fails, on whatever path. */
  readonly forever?: readonly CallKind[];
  /** The process takes itself for one of another machine, on whose locks and names nobody here can rely. */
  readonly isElsewhere?: boolean;
  /** Hard links are not supported, as on some network file systems. */
  readonly linkless?: boolean;
  /** A line is appended to this file for each call that met the fault. */
  readonly log?: string;
}

/** Wall time that begins elsewhere and jumps once. */
export interface ClockFault {
  readonly clock: { readonly offsetMs: number; readonly jumpMs?: number; readonly jumpAfterMs?: number };
}

/** Nothing goes wrong, but every process leaves its number in this folder. */
export interface PidRecord {
  readonly pids: string;
}

/** The environment in which `prep` and all processes that it starts have these faults. */
export function faultEnvironment(fault: CallFault | ClockFault | PidRecord): Record<string, string> {
  return { ...hookEnvironment("fault-hook.mjs"), PREP_FAULT: JSON.stringify(fault) };
}

/** The environment in which `prep` and all processes that it starts load this file of this folder before anything else. */
export function hookEnvironment(file: string): Record<string, string> {
  const hook = pathToFileURL(fileURLToPath(new URL(file, import.meta.url))).href;
  return { NODE_OPTIONS: [process.env["NODE_OPTIONS"], `--import=${hook}`].filter(Boolean).join(" ") };
}

/** The processes that left their number in a folder. */
export function recordedPids(folder: string): number[] {
  return readdirSync(folder).map(Number);
}
