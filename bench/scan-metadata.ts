// bench:describe, the floor as a program: DuckDB reads every value of every column of the rows, and nothing more.
import { Database } from "../src/sql/database.ts";
import { quoteList, quoteName } from "../src/sql/text.ts";

/** What the bench hands over, as JSON in the only argument. */
export interface ScanJob {
  readonly files: readonly string[];
  readonly tempDirectory: string;
  readonly threads: number;
  readonly memoryLimitBytes: number;
}

const job = JSON.parse(process.argv[2] ?? "{}") as ScanJob;
// Loading TypeScript is no cost of the work, so the clocks start behind it.
const start = performance.now();
const before = process.cpuUsage();
const database = await Database.open(job);
const source = `read_parquet(${quoteList(job.files)})`;
const columns = await database.columns(`FROM ${source}`);
// A count is answered from the validity of a column; the smallest and largest value need them all.
const [row] = await database.rows(
  `SELECT count(*) AS rows, ${columns.map(({ name }, index) => `min(${quoteName(name)}) AS least_${index}, max(${quoteName(name)}) AS most_${index}`).join(", ")} FROM ${source}`,
);
database.close();
const { user, system } = process.cpuUsage(before);
console.log(
  JSON.stringify({ rows: Number(row?.["rows"]), seconds: (performance.now() - start) / 1000, cpuSeconds: (user + system) / 1e6 }),
);
