// Runs a command with one fault at its first call, then at its second, until no call is left.
import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { removeFolder } from "../remove-folder.ts";
import { ending, type PrepResult, runPrep } from "../run-prep.ts";
import { type CallFault, type CallKind, faultEnvironment } from "./fault.ts";
import { copyOutput, type Job } from "./job.ts";

/** Which command has which fault, and what must follow. */
export interface Sweep {
  readonly fault: Omit<CallFault, "root" | "k" | "log">;
  /** Arguments of the command that has the fault; its output is a copy of `template`, or does not exist yet. */
  readonly command: (output: string, name: string) => readonly string[];
  readonly template?: string;
  /** Arguments of the command that must succeed afterwards; by default those of the job. */
  readonly again?: (output: string) => readonly string[];
  /** Checks the output at the end. */
  readonly finally?: (output: string) => Promise<void>;
  /** Which problems are allowed right after the fault. */
  readonly isExcused?: (fault: string, output: string) => boolean | Promise<boolean>;
  /** Leaves out calls from the first one that matches; another sweep has them. */
  readonly until?: RegExp;
  /** What is wrong with how the command ended; undefined if nothing is. */
  readonly judge: (result: PrepResult) => string | undefined;
}

/** What a sweep did and found. */
export interface SweepResult {
  /** The calls that had the fault, as `kind path number`. */
  readonly calls: readonly string[];
  /** Every problem, after the call that had the fault. */
  readonly faults: readonly string[];
  /** How the command ended each time. */
  readonly results: readonly PrepResult[];
}

/** A call of the command without a fault: the n-th of its kind on its path. */
interface Target {
  readonly kind: CallKind;
  readonly path: string;
  readonly n: number;
}

/** Further writes to a file are alike, and their number varies with the order of the samples. */
const MAX_WRITES = 3;

/**
 * Lists the calls of the command without a fault, then runs it once for each call with the fault there. After each fault
 * every visible file must be whole. Then the job's own command runs again, and must succeed and complete the output.
 */
export async function sweepCalls(job: Job, label: string, sweep: Sweep): Promise<SweepResult> {
  const calls: string[] = [];
  const faults: string[] = [];
  const results: PrepResult[] = [];
  const targets = await listCalls(job, label, sweep);
  for (const [number, { kind, path, n }] of targets.entries()) {
    const name = `${label}-${number}`;
    const call = `${kind} ${path} ${n}`;
    const blame = (what: string) => faults.push(`${call}: ${what}`);
    const fault = { ...sweep.fault, call: { kinds: [kind], path: patternOf(path) }, k: n };
    const { result, root, lines } = await runWithFault(job, name, sweep, fault);
    results.push(result);
    if (lines.length > 0) calls.push(call);
    else blame("had no fault");
    const wrong = sweep.judge(result);
    if (wrong) blame(wrong);
    const atOnce = existsSync(root) ? await job.faults(name, false) : [];
    for (const one of atOnce) if (!(await sweep.isExcused?.(one, root))) blame(`at once ${one}`);
    const again = await runPrep(sweep.again?.(root) ?? job.args(name));
    if (again.code !== 0) blame(`again ${ending(again)}`);
    else for (const one of await job.faults(name)) blame(one);
    await sweep.finally?.(root);
    await removeFolder(root);
  }
  return { calls, faults, results };
}

async function listCalls(job: Job, label: string, sweep: Sweep): Promise<Target[]> {
  const { result, root, lines } = await runWithFault(job, `${label}-record`, sweep, { ...sweep.fault, action: "record", k: 1 });
  await removeFolder(root);
  if (result.code !== 0) throw new Error(`without a fault it ends with ${ending(result)}`);
  const counts = new Map<string, number>();
  const end = sweep.until === undefined ? -1 : lines.findIndex((line) => sweep.until?.test(line));
  return lines.slice(0, end < 0 ? lines.length : end).flatMap((line) => {
    const [kind = "", path = ""] = line.split(/ (.*)/s);
    if (BY_CLOCK.test(path)) return [];
    const plain = path.replace(UNIQUE, ".*");
    const n = (counts.get(`${kind} ${plain}`) ?? 0) + 1;
    counts.set(`${kind} ${plain}`, n);
    return kind === "write" && n > MAX_WRITES ? [] : [{ kind: kind as CallKind, path: plain, n }];
  });
}

/** The part of a name that differs between attempts: machine, kernel, process and a random number. */
const UNIQUE = /\.[\w-]+(\.[0-9a-f]{12}){2,3}/g;

/** Files that a timer writes; their number varies. */
const BY_CLOCK = /\/progress(ing)?\./;

function patternOf(plain: string): string {
  const pieces = plain.split(".*").map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return `^${pieces.join("\\.[^/]*")}$`;
}

async function runWithFault(job: Job, name: string, sweep: Sweep, fault: Omit<CallFault, "root" | "log">) {
  const log = join(job.folder, `${name}.log`);
  const root = sweep.template === undefined ? job.output(name) : await copyOutput(job, sweep.template, name);
  const result = await runPrep(sweep.command(root, name), { env: faultEnvironment({ ...fault, root, log }) });
  const lines = existsSync(log) ? (await readFile(log, "utf8")).trimEnd().split("\n") : [];
  await rm(log, { force: true });
  return { result, root, lines };
}

/** Judges a process that must have been killed. */
export function wasKilled(result: PrepResult): string | undefined {
  return result.signal === "SIGKILL" ? undefined : ending(result);
}

/** Judges a process that must succeed, or fail with exit code 5 and an error and a hint for people. */
export function refusedOrDone(result: PrepResult): string | undefined {
  if (result.signal === null && result.code === 0) return undefined;
  const isNamed = result.code === 5 && /^error: .+\nhint: /ms.test(result.stderr) && !/defect|\n {4}at /.test(result.stderr);
  return isNamed ? undefined : ending(result);
}
