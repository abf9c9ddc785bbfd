// Judges a compared run and words the report.
import { EXCEPTIONS, type Exception, exceptionFor } from "./exceptions.ts";
import { type CompareRun, runName } from "./job.ts";
import { median } from "./pixels.ts";
import type { Difference, OutputComparison } from "./samples.ts";

/** A compared run. */
export interface Verdict {
  readonly run: CompareRun;
  readonly comparison: OutputComparison;
  /** Number of differences that each exception covers. */
  readonly excused: ReadonlyMap<Exception, number>;
  /** Differences that no exception covers; must be empty. */
  readonly unexcused: readonly Difference[];
  /** PSNR in dB of all pictures whose pixels needed no exception. */
  readonly psnr: readonly number[];
}

/** Sorts the differences of a run into intended ones and others. */
export function judge(run: CompareRun, comparison: OutputComparison): Verdict {
  const rows = new Map<Exception, Set<string>>();
  const unexcused: Difference[] = [];
  const psnr = new Map(comparison.psnr);
  for (const difference of comparison.differences) {
    const exception = exceptionFor(difference, run);
    if (!exception) {
      unexcused.push(difference);
      continue;
    }
    rows.set(exception, (rows.get(exception) ?? new Set()).add(difference.name));
    if (difference.aspect === "pixels") psnr.delete(difference.name);
  }
  const excused = new Map([...rows].map(([exception, names]) => [exception, names.size]));
  return { run, comparison, excused, unexcused, psnr: [...psnr.values()] };
}

const HEAD = ["run", "both stored", "same size", "PSNR min / median, dB", "fields compared", "exceptions", "other differences"];

/** A Markdown table with a line for each run. */
export function compareTable(verdicts: readonly Verdict[]): string {
  const lines = verdicts.map(({ run, comparison, excused, unexcused, psnr }) => [
    runName(run),
    comparison.both,
    comparison.sameShape,
    `${Math.min(...psnr).toFixed(1)} / ${median(psnr).toFixed(1)}`,
    comparison.fields,
    [...excused].map(([{ name }, count]) => `${name} ${count}`).join(", "),
    unexcused.length,
  ]);
  return [HEAD, HEAD.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Every exception with its reason; those that no run needed are marked, so that they can be removed. */
export function exceptionList(verdicts: readonly Verdict[]): string {
  const met = (exception: Exception) => verdicts.some(({ excused }) => excused.has(exception));
  const lines = EXCEPTIONS.filter(met).map(({ name, reason }) => `- ${name}: ${reason}.`);
  const idle = EXCEPTIONS.filter((exception) => !met(exception)).map(({ name }) => name);
  return [...lines, ...(idle.length > 0 ? [`Not met: ${idle.join(", ")}.`] : [])].join("\n");
}

/** One difference as a line of text. */
export function describe({ aspect, name, kind, subject, ours, peers }: Difference): string {
  return `${aspect}, ${name} (${kind}), ${subject}: ours ${ours.slice(0, 200)}, the peer's ${peers.slice(0, 200)}`;
}
