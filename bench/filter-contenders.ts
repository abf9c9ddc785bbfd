// The sides of bench:filter: DuckDB's plain rewrite, prep and pyspark, over the same rows.
import { join } from "node:path";
import { contender } from "./contender.ts";
import type { FilterData } from "./filter-data.ts";
import type { FloorJob } from "./floor-filter.ts";
import { lastJson, type Measured, measure } from "./measure.ts";
import type { Contender } from "./rounds.ts";
import { type RowsCheck, sumRows } from "./row-sums.ts";
import { PACKAGE, PROGRAM } from "./surroundings.ts";

/** Partitions to make, as in the guide. */
export const PARTITIONS = 128;

/** What all sides are told. */
export interface FilterJob {
  readonly data: FilterData;
  /** A condition that means the same to DuckDB and Spark. */
  readonly where: string;
  readonly memoryLimitBytes: number;
  readonly threads: number;
}

/** One run of one side. */
export interface FilterRun extends Omit<Measured, "stdout"> {
  /** For the floor without loading TypeScript, for pyspark without starting the JVM, for prep the whole process. */
  readonly seconds: number;
  readonly check: RowsCheck;
}

/** DuckDB alone: scans the rows and rewrites them to one file. */
export function floor(job: FilterJob): Contender<FilterRun> {
  return side("floor", job, async (folder) => {
    const output = join(folder, "floor.parquet");
    const { threads, memoryLimitBytes, where } = job;
    const floorJob: FloorJob = { files: job.data.files, where, output, tempDirectory: join(folder, "spill"), threads, memoryLimitBytes };
    const args = ["--import", "tsx", join(PACKAGE, "bench", "floor-filter.ts"), JSON.stringify(floorJob)];
    const measured = await measure({ file: process.execPath, args, watched: folder });
    const { seconds = Number.NaN, cpuSeconds = Number.NaN } = lastJson(measured.stdout);
    return { measured: { ...measured, cpuSeconds }, seconds, files: output };
  });
}

/** `prep filter`. */
export function ours(job: FilterJob): Contender<FilterRun> {
  return side("prep", job, async (folder) => {
    const query = `SELECT * FROM metadata WHERE ${job.where}`;
    const options = ["--metadata", job.data.directory, "--output", folder, "--partitions", String(PARTITIONS), "--swapped-sizes", "no"];
    const limits = ["--threads", String(job.threads), "--memory-limit", `${job.memoryLimitBytes}B`];
    const args = [PROGRAM, "filter", query, ...options, ...limits, "--compression", "snappy", "--quiet"];
    const measured = await measure({ file: process.execPath, args, watched: folder });
    return { measured, seconds: measured.wallSeconds, files: join(folder, "partitions", "*.parquet") };
  });
}

/** pyspark; `python` is the interpreter that has it. */
export function pyspark(job: FilterJob, python: string): Contender<FilterRun> {
  return side("pyspark", job, async (folder) => {
    const output = join(folder, "out");
    const sparkJob = { input: job.data.directory, where: job.where, output, temp: join(folder, "spill"), partitions: PARTITIONS };
    const args = [join(PACKAGE, "bench", "pyspark-filter.py"), JSON.stringify({ ...sparkJob, threads: job.threads })];
    const measured = await measure({ file: python, args, env: { SPARK_LOCAL_IP: "127.0.0.1", PYSPARK_PYTHON: python }, watched: folder });
    return { measured, seconds: lastJson(measured.stdout)["seconds"] ?? Number.NaN, files: join(output, "*.parquet") };
  });
}

interface Finished {
  readonly measured: Measured;
  readonly seconds: number;
  /** Glob of the written files. */
  readonly files: string;
}

function side(name: string, job: FilterJob, work: (folder: string) => Promise<Finished>): Contender<FilterRun> {
  return contender("filter", name, async (folder) => {
    const { measured, seconds, files } = await work(folder);
    const { stdout: _, ...figures } = measured;
    return { ...figures, seconds, check: await sumRows(files, job.threads) };
  });
}
