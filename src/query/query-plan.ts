// Reads DuckDB's plan of a SELECT: operators, conditions inside the scan, and repeatability.
import type { Database } from "../sql/database.ts";
import { isDeterministic } from "./determinism.ts";

/** A summary of DuckDB's plan of a SELECT. */
export interface QueryPlan {
  /**
   * Whether the SELECT gives the same rows in the same order each time, also in a later start, and holds no rows in memory or on
   * disk. It then has only scans of files, conditions and computed columns.
   */
  readonly isRepeatable: boolean;
  /** Conditions that the scans check themselves, so that the other columns of rows that fail are never decoded. */
  readonly pushedFilters: readonly string[];
  /** Columns that the scans read. */
  readonly columnsRead: readonly string[];
  /** The operators as indented lines of text. */
  readonly lines: readonly string[];
}

interface PlanNode {
  readonly name: string;
  readonly children: readonly PlanNode[];
  readonly extra_info: Readonly<Record<string, string | readonly string[]>>;
}

/**
 * Operators that pass rows on in order and hold none. All others may give other rows each time: joins, groups and limits depend
 * on the order of threads, samples on chance, and a table is made again by each start of the query.
 */
const STREAMING = /^(PROJECTION|FILTER|READ_PARQUET|PARQUET_SCAN|UNION|EMPTY_RESULT|DUMMY_SCAN|COLUMN_DATA_SCAN)$/;

/** Reads the plan of `SELECT * FROM relation`. Throws SqlError if it cannot be bound. */
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
