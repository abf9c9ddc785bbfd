// Stage: query. What DuckDB will do for a SELECT, as far as the conductor and the user want to know.
import type { Database } from "../sql/database.ts";
import { isDeterministic } from "./determinism.ts";

/** DuckDB's plan of a SELECT in short. */
export interface QueryPlan {
  /**
   * True where every reading gives the same rows in the same order, in this start or another, and keeps none of them in
   * memory or on disk: scans of files, conditions and computed columns alone.
   */
  readonly isRepeatable: boolean;
  /** Conditions that the scans of the metadata check themselves, so that other columns of other rows are never decoded. */
  readonly pushedFilters: readonly string[];
  /** Columns that the scans read. */
  readonly columnsRead: readonly string[];
  /** The operators, indented, as lines of text. */
  readonly lines: readonly string[];
}

interface PlanNode {
  readonly name: string;
  readonly children: readonly PlanNode[];
  readonly extra_info: Readonly<Record<string, string | readonly string[]>>;
}

/**
 * Operators that hold nothing: what comes in goes out, in its order. All others may give other rows each time: joins and
 * groups by the order in which threads come, samples, limits; a table, which each start of the query makes anew.
 */
const STREAMING = /^(PROJECTION|FILTER|READ_PARQUET|PARQUET_SCAN|UNION|EMPTY_RESULT|DUMMY_SCAN|COLUMN_DATA_SCAN)$/;

/** The plan of `SELECT * FROM relation`. */
export async function readPlan(database: Database, relation: string): Promise<QueryPlan> {
  const [row] = await database.rows(`EXPLAIN (FORMAT json) SELECT * FROM ${relation}`);
  const roots = JSON.parse(String(row?.["explain_value"] ?? "[]")) as PlanNode[];
  const nodes = roots.flatMap((root) => flatten(root, 0));
  const scans = nodes.filter(({ node }) => node.name.trim().startsWith("READ_"));
  const listed = (field: string) => [...new Set(scans.flatMap(({ node }) => node.extra_info[field] ?? []))];
  return {
    isRepeatable: nodes.every(({ node }) => STREAMING.test(node.name.trim())) && (await isDeterministic(database, relation)),
    pushedFilters: listed("Filters"),
    columnsRead: listed("Projections"),
    lines: nodes.flatMap(({ node, depth }) => {
      const details = ["Filters", "Conditions", "Expression", "Join Type", "Groups", "Aggregates"].flatMap((field) => {
        const value = node.extra_info[field];
        return value === undefined || value.length === 0
          ? []
          : [`${field.toLowerCase()}: ${typeof value === "string" ? value : value.join(", ")}`];
      });
      return [`${"  ".repeat(depth)}${node.name.trim()}${details.length > 0 ? `  (${details.join("; ")})` : ""}`];
    }),
  };
}

function flatten(node: PlanNode, depth: number): { node: PlanNode; depth: number }[] {
  return [{ node, depth }, ...node.children.flatMap((child) => flatten(child, depth + 1))];
}
