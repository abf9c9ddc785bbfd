// The report of bench:filter: one table for each selection, and faults of the outputs.
import { type FilterRun, PARTITIONS } from "./filter-contenders.ts";
import type { Rounds } from "./rounds.ts";
import { sameRows } from "./row-sums.ts";
import { figure, median, medianRatio, table, times } from "./statistics.ts";

/** One line about a run that has just ended. */
export function describeFilterRun(run: FilterRun): string {
  return `${figure(run.wallSeconds)} s, ${figure(run.cpuSeconds)} CPU s, ${figure(run.rssBytes / 1e6)} MB, ${run.check.rows} rows in ${run.check.files} files`;
}

/** Medians of the rounds; ratios are taken within each round. */
export function filterTable(runs: Rounds<FilterRun>, rowsRead: number): string {
  const floors = runs.get("floor") ?? [];
  const peers = runs.get("pyspark");
  const head = [
    "",
    "work s",
    "wall s",
    "CPU s",
    "work / floor",
    "CPU / floor",
    "of pyspark's work",
    "peak RSS MB",
    "peak disk / kept",
    "rows read/s",
  ];
  const rows = [...runs].map(([name, mine]) => [
    name,
    figure(median(mine.map(({ seconds }) => seconds))),
    figure(median(mine.map(({ wallSeconds }) => wallSeconds))),
    figure(median(mine.map(({ cpuSeconds }) => cpuSeconds))),
    times(medianRatio(mine, floors, ({ seconds }) => seconds)),
    times(medianRatio(mine, floors, ({ cpuSeconds }) => cpuSeconds)),
    peers ? times(medianRatio(mine, peers, ({ seconds }) => seconds)) : "-",
    figure(median(mine.map(({ rssBytes }) => rssBytes)) / 1e6),
    times(median(mine.map(({ diskBytes, check }) => diskBytes / check.bytes))),
    figure(median(mine.map(({ seconds }) => rowsRead / seconds))),
  ]);
  return table(head, rows);
}

/** All faults of all outputs; empty if every output holds the floor's rows. */
export function filterProblems(runs: Rounds<FilterRun>): string[] {
  const problems: string[] = [];
  const expected = runs.get("floor")?.[0]?.check;
  for (const [name, mine] of runs) {
    mine.forEach(({ check }, round) => {
      const where = `${name}, round ${round + 1}`;
      if (expected && !sameRows(check, expected))
        problems.push(`${where}: other rows than the floor (${check.rows} instead of ${expected.rows})`);
      if (name !== "floor" && check.files !== PARTITIONS) problems.push(`${where}: ${check.files} files instead of ${PARTITIONS}`);
      const [low, high] = check.fileRows;
      if (name === "prep" && high - low > 1) problems.push(`${where}: partitions of ${low} to ${high} rows`);
    });
  }
  return problems;
}
