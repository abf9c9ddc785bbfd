// Writes the summary of a run: the funnel, why samples failed, where files are, what to do next.
import { shardName } from "../../core/keys.ts";
import { DECIDED_BY, OUTCOMES, type OutcomeCode } from "../../core/outcome.ts";
import { shellText, shellWord } from "../../core/shell-word.ts";
import { formatBytes, formatCount, formatDuration, formatShare, plural } from "../../core/units.ts";
import type { RunSummary } from "../../job/events.ts";
import { loadExpression } from "../../job/output-format-choices.ts";
import { laidOut, painted, type TextStyle } from "./text-style.ts";

/** Advice is given for a reason that at least this share of all samples failed for. */
const ADVICE_SHARE = 0.05;

/** Reasons that are shown. */
const TOP_REASONS = 6;

/** The summary as lines of text, in the colours of this style. */
export function summaryLines(summary: RunSummary, style: TextStyle): string[] {
  const downloaded = summary.packed + summary.failedToResize;
  const steps: [string, number, number][] = [
    ...(summary.rowsRead === undefined ? [] : [["rows read", summary.rowsRead, summary.rowsRead] as [string, number, number]]),
    ["rows kept", summary.rowsKept, summary.rowsRead ?? summary.rowsKept],
    ["downloaded", downloaded, summary.rowsKept],
    ["packed", summary.packed, downloaded],
  ];
  const lines = [
    "",
    ...steps.map(([name, count, whole], step) => {
      const line = `  ${name.padEnd(11)} ${formatCount(count).padStart(14)}${step === 0 ? "" : `  ${formatShare(count, whole)}`}`;
      return name === "packed" && count > 0 ? painted(line, "green", style) : line;
    }),
  ];
  const reasons = Object.entries(summary.outcomes)
    .filter(([code]) => code !== "success")
    .sort(([, left], [, right]) => right - left) as [OutcomeCode, number][];
  if (reasons.length > 0) {
    lines.push("", "  why samples failed");
    for (const [code, count] of reasons.slice(0, TOP_REASONS)) {
      lines.push(`  ${code.padEnd(22)} ${formatCount(count).padStart(9)}  ${OUTCOMES[code].meaning}`);
    }
    const rest = reasons.slice(TOP_REASONS).reduce((sum, [, count]) => sum + count, 0);
    if (rest > 0) lines.push(`  ${"others".padEnd(22)} ${formatCount(rest).padStart(9)}`);
  }
  const seconds = summary.elapsedMs / 1000;
  lines.push(
    "",
    `  ${plural(summary.shards, "shard")}, ${formatBytes(summary.storedBytes)} of images from ${formatBytes(summary.downloadedBytes)} downloaded, ${formatDuration(summary.elapsedMs)}${
      seconds > 1 ? ` (${formatCount(Math.round(summary.rowsKept / seconds))} rows/s)` : ""
    }`,
    `  in ${summary.output}`,
    ...(summary.relaxations.length > 0 ? ["", ...summary.relaxations.map((text) => `  ${painted("!", "yellow", style)} ${text}`)] : []),
  );
  return lines;
}

/** A folder as the start of a glob in SQL. */
function globText(folder: string): string {
  return folder.replace(/[*?[]/g, "[$&]").replaceAll("'", "''");
}

/** What to do next, as lines for this style. Advice is wrapped; commands are not, so that they can be copied. */
export function nextSteps(summary: RunSummary, style: TextStyle): string[] {
  const retryable = (Object.entries(summary.outcomes) as [OutcomeCode, number][]).reduce(
    (sum, [code, count]) => sum + (OUTCOMES[code].retryable ? count : 0),
    0,
  );
  const shard = (number: number) => shardName(number, summary.shardDigits);
  // As the user typed it, without slashes at its end.
  const output = summary.output.replace(/\/+$/, "");
  const last = summary.firstShard + summary.shards - 1;
  const shards = last === 0 ? shard(0) : `{${shard(0)}..${shard(last)}}`;
  const load = summary.shards > 0 ? loadExpression(summary.outputFormat, output, shards) : undefined;
  // Advice for a few samples would distract from what matters.
  const worth = summary.rowsKept * ADVICE_SHARE;
  const [most] = (Object.entries(summary.outcomes) as [OutcomeCode, number][])
    .filter(([code, count]) => count >= worth && OUTCOMES[code].advice.includes("--"))
    .sort(([, left], [, right]) => right - left);
  const again = most && DECIDED_BY[most[0]] ? ` With it, prep retry ${shellWord(summary.output)} does these rows again.` : "";
  const advice = most && `${most[0]}: ${OUTCOMES[most[0]].advice}${again}`;
  return [
    "",
    "next:",
    ...(load ? [`  load them        ${load}`] : []),
    `  look at the rows duckdb -c ${shellText(`SELECT outcome, count(*) FROM '${globText(output)}/*.parquet' GROUP BY ALL ORDER BY 2 DESC`)}`,
    ...(advice ? [laidOut(`  try              ${advice}`, style)] : []),
    ...(retryable > 0 ? [`  ${plural(retryable, "failure")} may pass at another time: prep retry ${shellWord(summary.output)}`] : []),
  ];
}
