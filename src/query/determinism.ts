// Whether a relation gives the same rows at every reading, in this start or another: by the functions that it calls.
import type { Database } from "../sql/database.ts";
import { SqlError } from "../sql/errors.ts";
import { quoteText } from "../sql/text.ts";

/**
 * What DuckDB's catalogue calls consistent and is not: clocks, the settings of this process (threads, memory), a sample,
 * and libm, whose last digit depends on the CPU, so that another machine that goes on with a start would make other rows.
 */
const WRONGLY_CONSISTENT: ReadonlySet<string> = new Set(
  (
    "age current_localtime current_localtimestamp current_setting reservoir_quantile " +
    "acos acosh asin asinh atan atan2 atanh cbrt cos cosh cot exp gamma lgamma ln log log10 log2 pow power ^ ** sin sinh tan tanh"
  ).split(" "),
);

type Json = Readonly<Record<string, unknown>>;

/**
 * True where every function that the bound plan of `SELECT * FROM relation` calls is one that DuckDB's catalogue knows and
 * rightly calls consistent. The plan has views and macros replaced and names resolved, so a quoted, qualified or wrapped
 * function has no other name there. False where DuckDB cannot write the plan down: text files, which are slow to read twice.
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

/** Names of all functions and aggregates in a plan, those inside lambdas and list functions included. */
function functionsCalled(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(functionsCalled);
  if (value === null || typeof value !== "object") return [];
  const { expression_class: kind, name } = value as Json;
  const own = kind === "BOUND_FUNCTION" || kind === "BOUND_AGGREGATE" || kind === "BOUND_WINDOW" ? [String(name)] : [];
  return [...own, ...Object.values(value).flatMap(functionsCalled)];
}
