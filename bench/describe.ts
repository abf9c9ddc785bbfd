// `npm run bench:describe`: prep describe against DuckDB's plain scan of all columns, in turns.
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { parseBytes } from "../src/core/units.ts";
import { contender } from "./contender.ts";
import { filterData } from "./filter-data.ts";
import { lastJson, type Measured, measure } from "./measure.ts";
import { countOption } from "./options.ts";
import { type Contender, interleave } from "./rounds.ts";
import type { ScanJob } from "./scan-metadata.ts";
import { figure, median, medianRatio, table, times } from "./statistics.ts";
import { BENCH_FOLDER, PACKAGE, PROGRAM, surroundings, warnOfSurroundings } from "./surroundings.ts";

/** One run of one side. */
interface DescribeRun extends Omit<Measured, "stdout"> {
  /** For the scan the work alone; for prep the whole process, its start included. */
  readonly seconds: number;
  readonly rows: number;
}

/** Memory that a process may hold beyond its limit: Node's own, and what DuckDB does not count. */
const BESIDE_LIMIT_BYTES = 500e6;

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "5000000" },
    "memory-limit": { type: "string", default: "2GB" },
    threads: { type: "string", default: "2" },
    rounds: { type: "string", default: "3" },
    json: { type: "string", default: join(BENCH_FOLDER, "describe.json") },
  },
});
const rows = countOption("rows", values.rows);
const rounds = countOption("rounds", values.rounds);
const threads = countOption("threads", values.threads);
const memoryLimitBytes = parseBytes(values["memory-limit"]);

warnOfSurroundings();
const machine = surroundings();
const data = await filterData(rows);
const runs = await interleave(
  [
    side("scan", async (folder) => {
      const job: ScanJob = { files: data.files, tempDirectory: join(folder, "spill"), threads, memoryLimitBytes };
      const args = ["--import", "tsx", join(PACKAGE, "bench", "scan-metadata.ts"), JSON.stringify(job)];
      const measured = await measure({ file: process.execPath, args, watched: folder });
      const { seconds = Number.NaN, cpuSeconds = Number.NaN, rows: read = Number.NaN } = lastJson(measured.stdout);
      return { ...measured, cpuSeconds, seconds, rows: read };
    }),
    side("prep", async (folder) => {
      const limits = ["--threads", String(threads), "--memory-limit", `${memoryLimitBytes}B`, "--temp-directory", folder];
      const measured = await measure({
        file: process.execPath,
        args: [PROGRAM, "describe", data.directory, "--json", "--quiet", ...limits],
        watched: folder,
      });
      return { ...measured, seconds: measured.wallSeconds, rows: lastJson(measured.stdout)["rows"] ?? Number.NaN };
    }),
  ],
  rounds,
  (run) => `${figure(run.seconds)} s, ${figure(run.cpuSeconds)} CPU s, ${figure(run.rssBytes / 1e6)} MB, ${run.rows} rows`,
);

console.log(
  `\n${rows} rows, ${figure(data.bytes / 1e6)} MB, ${threads} threads, limit ${values["memory-limit"]}, medians of ${rounds} rounds` +
    `\n${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, prep ${machine.prep} (${machine.commit})\n`,
);
const floors = runs.get("scan") ?? [];
console.log(
  table(
    ["", "wall s", "CPU s", "wall / scan", "CPU / scan", "peak RSS MB", "peak disk MB", "rows/s"],
    [...runs].map(([name, mine]) => [
      name,
      figure(median(mine.map(({ seconds }) => seconds))),
      figure(median(mine.map(({ cpuSeconds }) => cpuSeconds))),
      times(medianRatio(mine, floors, ({ seconds }) => seconds)),
      times(medianRatio(mine, floors, ({ cpuSeconds }) => cpuSeconds)),
      figure(median(mine.map(({ rssBytes }) => rssBytes)) / 1e6),
      figure(median(mine.map(({ diskBytes }) => diskBytes)) / 1e6),
      figure(median(mine.map(({ seconds }) => rows / seconds))),
    ]),
  ),
);
const problems = [...runs].flatMap(([name, mine]) =>
  mine.flatMap((run, round) => [
    ...(run.rows === rows ? [] : [`${name}, round ${round + 1}: ${run.rows} rows instead of ${rows}`]),
    ...(run.rssBytes <= memoryLimitBytes + BESIDE_LIMIT_BYTES
      ? []
      : [`${name}, round ${round + 1}: ${figure(run.rssBytes / 1e6)} MB with a limit of ${values["memory-limit"]}`]),
  ]),
);
console.log(problems.length === 0 ? "\nall rows read, memory within the limit and 500 MB" : `\nWRONG\n${problems.join("\n")}`);
const options = { rows, rounds, threads, memoryLimitBytes };
await writeFile(
  values.json,
  `${JSON.stringify({ machine, options, bytes: data.bytes, runs: Object.fromEntries(runs), problems }, null, 2)}\n`,
);
console.log(`details: ${resolve(values.json)}`);
if (problems.length > 0) process.exitCode = 1;

function side(name: string, work: (folder: string) => Promise<DescribeRun & Partial<Measured>>): Contender<DescribeRun> {
  return contender("describe", name, async (folder) => {
    const { stdout: _, ...run } = await work(folder);
    return run;
  });
}
