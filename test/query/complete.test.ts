// Completion offers columns, tables, functions and keywords, in that order.
import { expect, it } from "vitest";
import { createFunctions } from "../../src/functions/create-functions.ts";
import { completeStatement } from "../../src/query/complete.ts";
import type { Database } from "../../src/sql/database.ts";
import { openTestDatabase } from "../support/parquet.ts";

async function withTables(work: (database: Database) => Promise<void>): Promise<void> {
  const database = await openTestDatabase();
  try {
    await createFunctions(database);
    await database.run(
      `CREATE VIEW metadata AS SELECT 'u' AS url, 1 AS width, 2 AS punsafe, 3 AS pwatermark, 4 AS "odd name", 5 AS select_me;
      CREATE TABLE urls AS SELECT 1 AS hash, 2 AS pg_own`,
    );
    await work(database);
  } finally {
    database.close();
  }
}

it("columns come before tables, tables before functions, and functions before keywords", () =>
  withTables(async (database) => {
    const kinds = async (text: string) => {
      const { words } = await completeStatement(database, text);
      const functions = new Set(
        (await database.rows("SELECT DISTINCT function_name AS name FROM duckdb_functions()")).map(({ name }) => String(name)),
      );
      const kindOf = (word: string) =>
        ["url", "width", "punsafe", "pwatermark", "hash", "select_me", "pg_own"].includes(word)
          ? 0
          : ["metadata", "urls"].includes(word)
            ? 1
            : functions.has(word.replaceAll('"', ""))
              ? 2
              : 3;
      return { words, kinds: words.map(kindOf) };
    };
    for (const text of ["SELECT u", "SELECT p", "SELECT h", "SELECT count(wi", "SELECT se", "FROM metadata WHERE u"]) {
      const found = await kinds(text);
      expect([text, found.kinds]).toEqual([text, [...found.kinds].sort()]);
    }
    expect((await kinds("SELECT u")).words.slice(0, 3)).toEqual(["url", "urls", "ucase"]);
    expect((await kinds("SELECT p")).words.slice(0, 3)).toEqual(["pg_own", "punsafe", "pwatermark"]);
    expect((await kinds("SELECT h")).words[0]).toBe("hash");
    expect((await kinds("SELECT url_")).words).toContain("url_host");
    expect((await kinds("SELECT url FROM metadata GR")).words).toEqual(["GROUP "]);
  }));

it("internal names are never offered, and before a word is begun only columns and tables are", () =>
  withTables(async (database) => {
    const words = async (text: string) => (await completeStatement(database, text)).words;
    for (const text of ["SELECT pg", "SELECT p", "FROM p", "SELECT sq", "SELECT ", "FROM ", "FROM i"])
      for (const word of await words(text)) expect(word).not.toMatch(/^"?(pg_(?!own)|sqlite_|pragma_|information_schema)/);
    expect(await words("SELECT ")).toEqual([
      '"odd name"',
      "hash",
      "pg_own",
      "punsafe",
      "pwatermark",
      "select_me",
      "url",
      "width",
      "metadata",
      "urls",
    ]);
    expect(await words("SELECT url FROM ")).toEqual(["metadata", "urls"]);
    const beyond = "SELECT '山水' AS shown, wi";
    expect(await completeStatement(database, beyond)).toMatchObject({ start: beyond.length - 2, words: expect.arrayContaining(["width"]) });
  }));
