// One fault at the first call, then at the second, and so on until no call is left: each time the output must come through.
import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { removeFolder } from "../remove-folder.ts";
import { ending, type PrepResult, runPrep } from "../run-prep.ts";
import { type CallFault, type CallKind, faultEnvironment } from "./fault.ts";
import { copyOutput, type Job } from "./job.ts";

/** How the fault is met and what must come of it. */
export interface Sweep {
  readonly fault: Omit<CallFault, "root" | "k" | "log">;
  /** The command that meets it, on a fresh copy of `template` (or on nothing where there is none). */
  readonly command: (output: string, name: string) => readonly string[];
  readonly template?: string;
  /** The command that must end well afterwards, if it is not the job's own. */
  readonly again?: (output: string) => readonly string[];
  /** Asked of the output at the very end. */
  readonly finally?: (output: string) => Promise<void>;
  /** What may be wrong at once, since it was before. */
  readonly isExcused?: (fault: string, output: string) => boolean | Promise<boolean>;
  /** Calls from the first one that matches are left to another sweep. */
  readonly until?: RegExp;
  /** What is wrong with how that command ended. */
  readonly judge: (result: PrepResult) => string | undefined;
}

/** What a sweep did. */
export interface SweepResult {
  /** The calls that met the fault, as `kind path number`. */
  readonly calls: readonly string[];
  /** What was wrong, with the call at which. */
  readonly faults: readonly string[];
  /** How the command ended each time. */
  readonly results: readonly PrepResult[];
}

/** A call of the undisturbed command: the n-th of its kind on its path. */
interface Target {
  readonly kind: CallKind;
  readonly path: string;
  readonly n: number;
}

/** Writes to one file beyond these are alike, and their number varies with how the samples arrive. */
const MAX_WRITES = 3;

/**
 * Lists the calls of the undisturbed command, then has it meet the fault at each of them. After each fault, what is
 * visible must be whole; then the job's own command is started once more and must end well, with everything in its place.
 */
export async function sweepCalls(job: Job, label: string, sweep: Sweep): Promise<SweepResult> {
  const met: string[] = [];
  const faults: string[] = [];
  const results: PrepResult[] = [];
  const targets = await listCalls(job, label, sweep);
  for (const [number, { kind, path, n }] of targets.entries()) {
    const name = `${label}-${number}`;
    const call = `${kind} ${path} ${n}`;
    const blame = (what: string) => faults.push(`${call}: ${what}`);
    const fault = { ...sweep.fault, call: { kinds: [kind], path: patternOf(path) }, k: n };
    const { result, root, lines } = await meet(job, name, sweep, fault);
    results.push(result);
    if (lines.length > 0) met.push(call);
    else blame("never met");
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
  return { calls: met, faults, results };
}

async function listCalls(job: Job, label: string, sweep: Sweep): Promise<Target[]> {
  const { result, root, lines } = await meet(job, `${label}-record`, sweep, { ...sweep.fault, action: "record", k: 1 });
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

/** What differs between attempts at one thing: machine, kernel, process and a random number. */
const UNIQUE = /\.[\w-]+(\.[0-9a-f]{12}){2,3}/g;

/** Written by a clock, and never needed. */
const BY_CLOCK = /\/progress(ing)?\./;

function patternOf(plain: string): string {
  const pieces = plain.split(".*").map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return `^${pieces.join("\\.[^/]*")}$`;
}

async function meet(job: Job, name: string, sweep: Sweep, fault: Omit<CallFault, "root" | "log">) {
  const log = join(job.folder, `${name}.log`);
  const root = sweep.template === undefined ? job.output(name) : await copyOutput(job, sweep.template, name);
  const result = await runPrep(sweep.command(root, name), { env: faultEnvironment({ ...fault, root, log }) });
  const lines = existsSync(log) ? (await readFile(log, "utf8")).trimEnd().split("\n") : [];
  await rm(log, { force: true });
  return { result, root, lines };
}

/** A process that was killed, or that was done before. */
export function wasKilled(result: PrepResult): string | undefined {
  return result.signal === "SIGKILL" ? undefined : ending(result);
}

/** An error of the run, in words and with the exit code for outputs that cannot be written; or the call did not matter. */
export function refusedOrDone(result: PrepResult): string | undefined {
  if (result.signal === null && result.code === 0) return undefined;
  const isNamed = result.code === 5 && /^error: .+\nhint: /ms.test(result.stderr) && !/defect|\n {4}at /.test(result.stderr);
  return isNamed ? undefined : ending(result);
}
