// Tells by the functions that a relation calls whether it gives the same rows each time it is read.
import type { Database } from "../sql/database.ts";
import { SqlError } from "../sql/errors.ts";
import { quoteText } from "../sql/text.ts";

/**
 * Functions that DuckDB's catalogue wrongly calls consistent: clocks, settings of this process (threads, memory), a sample, and
 * libm. The last digit of libm depends on the CPU, so another machine that continues a run would make other rows.
 */
const WRONGLY_CONSISTENT: ReadonlySet<string> = new Set(
  (
    "age current_localtime current_localtimestamp current_setting reservoir_quantile " +
    "acos acosh asin asinh atan atan2 atanh cbrt cos cosh cot exp gamma lgamma ln log log10 log2 pow power ^ ** sin sinh tan tanh"
  ).split(" "),
);

type Json = Readonly<Record<string, unknown>>;

/**
 * Whether `SELECT * FROM relation` gives the same rows each time. True if DuckDB's catalogue knows every function in the bound
 * plan and rightly calls it consistent. The plan has views and macros replaced and names resolved, so quoting, qualifying or
 * wrapping cannot hide a function. False if DuckDB cannot write down the plan, as for text files, which are slow to read twice.
 */
export async function isDeterministic(database: Database, relation: string): Promise<boolean> {
  const plan = await boundPlan(database, relation);
  if (plan === undefined) return false;
  const rows = await database.rows(
    "SELECT function_name AS name FROM duckdb_functions() WHERE stability IS NOT NULL GROUP BY ALL HAVING bool_and(stability = 'CONSISTENT')",
  );
  const consistent = new Set(rows.map(({ name }) => String(name)).filter((name) => !WRONGLY_CONSISTENT.has(name)));
  return functionsCalled(plan).every((name) => consistent.has(name));
}

async function boundPlan(database: Database, relation: string): Promise<Json | undefined> {
  try {
    const select = quoteText(`SELECT * FROM ${relation}`);
    const [row] = await database.rows(`SELECT json_serialize_plan(${select}, skip_null := true, skip_empty := true)::VARCHAR AS plan`);
    const plan = JSON.parse(String(row?.["plan"])) as Json;
    return plan["error"] === true ? undefined : plan;
  } catch (thrown) {
    if (thrown instanceof SqlError) return undefined;
    throw thrown;
  }
}

/** Names of all functions and aggregates in a plan, including those inside lambdas and list functions. */
function functionsCalled(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(functionsCalled);
  if (value === null || typeof value !== "object") return [];
  const { expression_class: kind, name } = value as Json;
  const own = kind === "BOUND_FUNCTION" || kind === "BOUND_AGGREGATE" || kind === "BOUND_WINDOW" ? [String(name)] : [];
  return [...own, ...Object.values(value).flatMap(functionsCalled)];
}
