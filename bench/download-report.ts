// The report of bench:download: one table, and how the sides' successes differ.
import type { DownloadRun } from "./download-contenders.ts";
import type { DownloadMix } from "./download-mix.ts";
import type { Rounds } from "./rounds.ts";
import { figure, median, medianRatio, table, times } from "./statistics.ts";
import { differences } from "./successes.ts";

/** One line about a run that has just ended. */
export function describeDownloadRun(run: DownloadRun): string {
  return `${figure(run.seconds)} s of ${figure(run.wallSeconds)} s, ${figure(run.cpuSeconds)} CPU s, ${figure(run.rssBytes / 1e6)} MB, ${run.successes} stored`;
}

/** Medians of the rounds; ratios are taken within each round. */
export function downloadTable(runs: Rounds<DownloadRun>, images: number): string {
  const floors = runs.get("floor") ?? [];
  const peers = runs.get("img2dataset");
  const speed = ({ seconds }: DownloadRun) => images / seconds;
  const effort = ({ cpuSeconds, successes }: DownloadRun) => (1000 * cpuSeconds) / successes;
  const head = [
    ...["", "work s", "wall s", "URLs/s", "CPU ms/stored image", "CPU / floor"],
    ...["speed / img2dataset", "CPU / img2dataset", "peak RSS MB", "stored", "first byte s"],
  ];
  const rows = [...runs].map(([name, mine]) => [
    name,
    figure(median(mine.map(({ seconds }) => seconds))),
    figure(median(mine.map(({ wallSeconds }) => wallSeconds))),
    name === "floor" ? "-" : figure(median(mine.map(speed))),
    figure(median(mine.map(effort))),
    times(medianRatio(mine, floors, effort)),
    name !== "floor" && peers ? times(medianRatio(mine, peers, speed)) : "-",
    name !== "floor" && peers ? times(medianRatio(mine, peers, effort)) : "-",
    figure(median(mine.map(({ rssBytes }) => rssBytes)) / 1e6),
    figure(median(mine.map(({ successes }) => successes))),
    figure(median(mine.map(({ firstByteSeconds = Number.NaN }) => firstByteSeconds))),
  ]);
  return table(head, rows);
}

/** Differences between the sides in what they stored, and between prep's rounds. */
export function downloadDifferences(runs: Rounds<DownloadRun>, mix: DownloadMix): string[] {
  const lines: string[] = [];
  const ours = runs.get("prep") ?? [];
  const floor = runs.get("floor")?.[0];
  ours.forEach((run, round) => {
    const where = `round ${round + 1}`;
    if (floor && floor.successes !== run.successes) lines.push(`${where}: prep stored ${run.successes}, the floor ${floor.successes}`);
    const peer = runs.get("img2dataset")?.[round];
    if (!run.rows || !peer?.rows) return;
    const differing = differences(mix.rows, { name: "prep", rows: run.rows }, { name: "img2dataset", rows: peer.rows });
    lines.push(...differing.map((text) => `${where}: ${text}`));
  });
  return lines;
}
