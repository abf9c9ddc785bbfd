// `npm run bench:filter`: prep filter against DuckDB's plain rewrite and pyspark, in turns.
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { parseBytes } from "../src/core/units.ts";
import { type FilterJob, type FilterRun, floor, ours, PARTITIONS, pyspark } from "./filter-contenders.ts";
import { filterData } from "./filter-data.ts";
import { describeFilterRun, filterProblems, filterTable } from "./filter-report.ts";
import { countOption } from "./options.ts";
import { ensurePeer, versionOf } from "./python-venv.ts";
import { interleave, type Rounds } from "./rounds.ts";
import { BENCH_FOLDER, surroundings, warnOfSurroundings } from "./surroundings.ts";

const SELECTIONS: Readonly<Record<string, string>> = {
  all: "true",
  filter: "WIDTH>=1024 AND HEIGHT>=1024 AND punsafe<0.5 AND pwatermark<0.8",
};
const PYSPARK = { directory: join(BENCH_FOLDER, "venv"), name: "pyspark", version: "4.3.0", pythons: ["python3.12", "python3"] };

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "10000000" },
    "memory-limit": { type: "string", default: "2GB" },
    threads: { type: "string", default: "2" },
    rounds: { type: "string", default: "3" },
    keep: { type: "string", default: "both" },
    peer: { type: "string" },
    json: { type: "string", default: join(BENCH_FOLDER, "filter.json") },
  },
});
const rows = countOption("rows", values.rows);
const rounds = countOption("rounds", values.rounds);
const threads = countOption("threads", values.threads);
const memoryLimitBytes = parseBytes(values["memory-limit"]);
const kept = values.keep === "both" ? Object.keys(SELECTIONS) : [values.keep];
if (kept.some((name) => !(name in SELECTIONS))) throw new Error(`--keep is all, filter or both, not ${values.keep}`);
if (values.peer !== undefined && values.peer !== PYSPARK.name) throw new Error(`--peer is ${PYSPARK.name}, not ${values.peer}`);

warnOfSurroundings();
const machine = surroundings();
const python = values.peer === undefined ? undefined : await ensurePeer(PYSPARK);
if (values.peer === undefined) console.log("pyspark is not run; --peer pyspark runs it too");
const data = await filterData(rows);
const java = python === undefined ? undefined : versionOf("java", ["--version"]);
const results: Record<string, unknown> = {};
const problems: string[] = [];
const tables: string[] = [];
for (const name of kept) {
  const where = SELECTIONS[name] ?? "true";
  console.log(`\n${name}: WHERE ${where}`);
  const job: FilterJob = { data, where, memoryLimitBytes, threads };
  const sides = [floor(job), ours(job), ...(python === undefined ? [] : [pyspark(job, python)])];
  const runs: Rounds<FilterRun> = await interleave(sides, rounds, describeFilterRun);
  const keptRows = runs.get("floor")?.[0]?.check.rows ?? 0;
  const wrong = filterProblems(runs);
  problems.push(...wrong.map((text) => `${name}: ${text}`));
  tables.push(`${name}: ${keptRows} of ${rows} rows kept (${((100 * keptRows) / rows).toFixed(1)} %)\n\n${filterTable(runs, rows)}`);
  results[name] = { where, runs: Object.fromEntries(runs), problems: wrong };
}

console.log(
  `\n${rows} rows, ${(data.bytes / 1e6).toFixed(0)} MB, ${PARTITIONS} partitions, ${threads} threads, limit ${values["memory-limit"]}, medians of ${rounds} rounds` +
    `\n${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, prep ${machine.prep} (${machine.commit})${java ? `, pyspark ${PYSPARK.version} on ${java}` : ""}`,
);
for (const text of tables) console.log(`\n${text}`);
console.log(problems.length === 0 ? "\nall outputs hold the same rows" : `\nWRONG OUTPUTS\n${problems.join("\n")}`);
const options = { rows, rounds, threads, memoryLimitBytes, partitions: PARTITIONS };
await writeFile(values.json, `${JSON.stringify({ machine: { ...machine, java }, options, bytes: data.bytes, results }, null, 2)}\n`);
console.log(`details: ${resolve(values.json)}`);
if (problems.length > 0) process.exitCode = 1;
