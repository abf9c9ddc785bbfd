// Shipped queries keep the same rows as plain TypeScript, on generated metadata of their data sets.
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createFunctions } from "../../src/functions/create-functions.ts";
import { PUBLISHED_COLUMNS } from "../../src/metadata/columns/columns-elsewhere.ts";
import { createMetadataView, type MetadataColumns } from "../../src/metadata/columns/view.ts";
import { findMetadataFiles } from "../../src/metadata/find/metadata-files.ts";
import { queryComment } from "../../src/query/query-comment.ts";
import { readPlan } from "../../src/query/query-plan.ts";
import { prepareSelection } from "../../src/query/select.ts";
import { tokenize, variablesRead } from "../../src/query/tokens.ts";
import { parseVariables } from "../../src/query/variables.ts";
import type { Database } from "../../src/sql/database.ts";
import { openTestDatabase } from "../support/parquet.ts";
import { keyOf, LAYOUT_OF, type Row, readRows, writeDataSet } from "../support/queries/data-sets.ts";
import { EXPECTATIONS } from "../support/queries/recipes.ts";

const ROWS = 2500;
const FOLDER = join(import.meta.dirname, "..", "..", "queries");
const names = (await readdir(FOLDER)).map((name) => name.replace(/\.sql$/, "")).sort();
const queries = await Promise.all(
  names.map(async (name) => {
    const text = await readFile(join(FOLDER, `${name}.sql`), "utf8");
    return { name, text, comment: queryComment(text) };
  }),
);

let folder = "";
const open = new Map<string, { database: Database; view: MetadataColumns; rows: readonly Row[] }>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "prep-queries-"));
  for (const name of Object.keys(LAYOUT_OF)) {
    const database = await openTestDatabase();
    const files = await writeDataSet(database, folder, name, ROWS);
    const view = await createMetadataView(database, await findMetadataFiles(files));
    await createFunctions(database);
    open.set(name, { database, view, rows: await readRows(database, name, files) });
  }
}, 60_000);

afterAll(async () => {
  for (const { database } of open.values()) database.close();
  await rm(folder, { recursive: true, force: true });
});

/** Queries that compare rows with each other; all others read the files in place. */
const WRITTEN_DOWN: ReadonlySet<string> = new Set(["datacomp-clip-l14-30", "dedup-url", "strict-quality"]);

describe("a shipped query", () => {
  test("says what it keeps, its source, its data sets and what happens to NULL", () => {
    expect(names.length).toBeGreaterThanOrEqual(25);
    for (const { name, text, comment } of queries) {
      expect(comment.lines.length, name).toBeGreaterThan(1);
      expect(comment.source, name).toBeDefined();
      expect(comment.datasets.length, name).toBeGreaterThan(0);
      expect(comment.lines.join(" "), name).toMatch(/NULL|empty|[Rr]ows without/);
      expect(text.indexOf("\n--", text.search(/^(SELECT|WITH)/m)), name).toBe(-1);
    }
  });

  test("describes the variables that it reads, with their defaults", () => {
    for (const { name, text, comment } of queries) {
      const read = new Set(variablesRead(tokenize(text)).map((use) => use.name));
      expect(comment.variables.map((variable) => variable.name).sort(), name).toEqual([...read].sort());
      for (const { name: variable, default: fallback } of comment.variables) {
        const used = [...text.matchAll(new RegExp(`coalesce\\(getvariable\\('${variable}'\\), ('[^']*'|[^)]*)\\)`, "g"))].map(
          ([, value]) => value,
        );
        expect(used.length, `${name} ${variable}`).toBeGreaterThan(0);
        const same = used.every((value) => value === fallback || Number(value) === Number(fallback));
        expect(same, `${name} ${variable}: ${fallback} is ${used.join(" and ")}`).toBe(true);
        if (name in EXPECTATIONS) expect(String(EXPECTATIONS[name]?.defaults[variable]), `${name} ${variable}`).toBe(unquoted(fallback));
      }
    }
  });

  test("filters by punsafe if all its data sets have it, unless it keeps everything or one row a URL", () => {
    const scored = new Set(PUBLISHED_COLUMNS.map(({ name }) => name).filter((name) => name !== "LAION-400M" && name !== "DataComp"));
    const without = queries.filter(({ text, comment }) => comment.datasets.every((name) => scored.has(name)) && !/punsafe/.test(text));
    expect(without.map(({ name }) => name)).toEqual([]);
  });

  test.each(queries.filter(({ name }) => name !== "join-safety-watermark").map(({ name }) => name))(
    "%s keeps exactly the rows of its recipe, with its defaults and with other values",
    async (name) => {
      const query = queries.find((candidate) => candidate.name === name);
      const expectation = EXPECTATIONS[name];
      if (!query || !expectation) throw new Error(`no recipe for ${name}`);
      for (const dataset of query.comment.datasets) {
        const { database, view, rows } = open.get(dataset) ?? fail(dataset);
        for (const set of [{}, expectation.other]) {
          const variables = parseVariables(Object.entries(set).map(([key, value]) => `${key}=${value}`));
          const selection = await prepareSelection(database, { name, text: query.text }, variables, view);
          const { notices } = selection;
          expect(
            notices.filter((text) => !text.startsWith("left out of *")),
            `${name} on ${dataset}`,
          ).toEqual([]);
          const { isRepeatable } = await readPlan(database, "selection");
          expect([name, dataset, isRepeatable]).toEqual([name, dataset, !WRITTEN_DOWN.has(name)]);
          const kept = await database.rows("SELECT url, caption, width, height FROM selection");
          const expected = expectation.recipe(rows, { ...expectation.defaults, ...set });
          expect(kept.map((row) => keyOf(row as unknown as Row)).sort(), `${name} on ${dataset}`).toEqual(expected.map(keyOf).sort());
          // `all` drops only one row in two thousand.
          if (set === expectation.other && name !== "all") {
            expect(kept.length, `${name} on ${dataset}`).toBeGreaterThan(0);
            expect(kept.length, `${name} on ${dataset}`).toBeLessThan(rows.length);
          }
          for (const key of Object.keys(set)) await database.run(`RESET VARIABLE "${key}"`);
        }
      }
    },
  );
});

function fail(dataset: string): never {
  throw new Error(`no metadata of ${dataset}`);
}

function unquoted(sql: string): string {
  return sql.startsWith("'") ? sql.slice(1, -1).replaceAll("''", "'") : String(Number(sql));
}
