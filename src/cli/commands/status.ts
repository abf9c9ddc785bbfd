// `prep status OUT`: where a run stands.
import { oneLine } from "../../core/one-line.ts";
import { OUTCOMES } from "../../core/outcome.ts";
import { formatBytes, formatCount, formatDuration, formatShare, plural } from "../../core/units.ts";
import { outputStatus, type PauseNote, type Status } from "../../run/status.ts";
import { rateText } from "../display/rate.ts";
import { writeText } from "../display/text-style.ts";
import { localPath } from "../local-path.ts";
import type { VerbCall } from "../verb.ts";

/** Prints where a run stands, as text or as one JSON object. */
export async function statusCommand({ words, values }: VerbCall): Promise<void> {
  const output = localPath(words[0] ?? "", "the output");
  const status = await outputStatus(output, Date.now());
  if (values["json"] === true) process.stdout.write(`${JSON.stringify({ event: "status", ...status })}\n`);
  else {
    for (const line of statusLines(status, Date.now())) writeText(process.stdout, line);
    // Commands are not wrapped, so that they can be copied.
    for (const line of commandLines(status)) process.stdout.write(`${line}\n`);
  }
}

/** Characters of a command: it may hold a long query. */
const MAX_COMMAND = 10_000;

function commandLines({ command, next }: Status): string[] {
  const shown = command?.split("\n").map((text) => oneLine(text, MAX_COMMAND));
  return [...(shown ? [`  made by  ${shown.join("\n")}`] : []), ...(next === undefined ? [] : [`  go on    ${next}`])];
}

function statusLines(status: Status, now: number): string[] {
  const { shards, rows, rowsDone, shardsDone, packed, damaged } = status;
  const line = (name: string, count: number, whole?: number) =>
    `  ${name.padEnd(18)} ${formatCount(count).padStart(14)}${whole ? `  ${formatShare(count, whole)}` : ""}`;
  const failed = status.failedToDownload + status.failedToResize;
  const isMoving = status.rowsPerSecond !== undefined && status.pauses.length === 0 && rows !== undefined && rowsDone < rows;
  const toDo = status.shardsToDo - status.shardsRunning;
  const atWork = `${formatCount(status.rowsDoneRunning)} of their ${plural(status.rowsRunning, "row")}`;
  const isEmpty = shards === undefined && shardsDone === 0;
  return [
    ...status.pauses.map((pause) => `  ${pauseText(pause, now)}`),
    ...(status.selected === undefined ? [] : [line("rows selected", status.selected)]),
    ...(shards === undefined && status.selected === undefined && shardsDone === 0 ? ["  the selection is not finished"] : []),
    ...(shards === undefined && status.selected !== undefined ? ["  the download has not begun"] : []),
    ...(shards === undefined ? [] : [line("shards", shards)]),
    ...(isEmpty ? [] : [line(shards === undefined ? "shards done" : "  done", shardsDone, shards)]),
    ...(shards === undefined
      ? []
      : [
          `${line("  at work", status.shardsRunning, shards)}${status.rowsRunning > 0 ? `  ${atWork}` : ""}`,
          ...(status.shardsRunningTwice > 0 ? [line("    by two starts", status.shardsRunningTwice, shards)] : []),
          line("  to do", Math.max(0, toDo), shards),
        ]),
    ...(rows === undefined ? [] : [line("rows", rows)]),
    ...(isEmpty
      ? []
      : [
          line(rows === undefined ? "rows done" : "  done", rowsDone, rows),
          line("    packed", packed, rowsDone),
          line("    failed", failed, rowsDone),
        ]),
    ...(rows === undefined ? [] : [line("  to do", Math.max(0, rows - rowsDone), rows)]),
    ...(status.storedBytes > 0
      ? [`  ${formatBytes(status.storedBytes)} of images from ${formatBytes(status.downloadedBytes)} downloaded`]
      : []),
    ...(isMoving ? [`  ${rateText(status)}`] : []),
    ...(status.reasons.length > 0 ? ["", "  why samples failed"] : []),
    ...status.reasons.map(([code, count]) =>
      `${line(oneLine(code), count, rowsDone)}  ${Object.hasOwn(OUTCOMES, code) && OUTCOMES[code].retryable ? "may pass yet" : ""}`.trimEnd(),
    ),
    ...(status.hosts.length > 0 ? ["", "  where most failed"] : []),
    ...status.hosts.map(([host, count]) => `  ${formatCount(count).padStart(9)}  ${oneLine(host) || "(no host)"}`),
    ...(damaged.length > 0 ? ["", `  ${plural(damaged.length, "record")} cannot be read (${damaged[0]}, ...): prep verify says more`] : []),
  ];
}

function pauseText({ since, heard, text }: PauseNote, now: number): string {
  const age = formatDuration(Math.max(0, now - Date.parse(heard)));
  return `paused since ${oneLine(since, 19).replace("T", " ")} UTC (last heard of ${age} ago): ${oneLine(text)}`;
}
