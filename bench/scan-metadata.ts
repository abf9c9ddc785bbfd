// The floor of bench:describe as a program: DuckDB reads every value of every column.
import { Database } from "../src/sql/database.ts";
import { quoteList, quoteName } from "../src/sql/text.ts";

/** The job, as JSON in the only argument. */
export interface ScanJob {
  readonly files: readonly string[];
  readonly tempDirectory: string;
  readonly threads: number;
  readonly memoryLimitBytes: number;
}

const job = JSON.parse(process.argv[2] ?? "{}") as ScanJob;
// Loading TypeScript is not part of the work, so the clocks start here.
const start = performance.now();
const before = process.cpuUsage();
const database = await Database.open(job);
const source = `read_parquet(${quoteList(job.files)})`;
const columns = await database.columns(`FROM ${source}`);
// A count needs only a column's validity; the smallest and largest value need every value.
const [row] = await database.rows(
  `SELECT count(*) AS rows, ${columns.map(({ name }, index) => `min(${quoteName(name)}) AS least_${index}, max(${quoteName(name)}) AS most_${index}`).join(", ")} FROM ${source}`,
);
database.close();
const { user, system } = process.cpuUsage(before);
console.log(
  JSON.stringify({ rows: Number(row?.["rows"]), seconds: (performance.now() - start) / 1000, cpuSeconds: (user + system) / 1e6 }),
);
