// Finds the query that the first argument means.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { QueryError, UsageError } from "../../src/core/errors.ts";
import { findQuery } from "../../src/query/find-query.ts";
import { withFolder } from "../support/parquet.ts";

async function find(argument: string) {
  return withFolder(async (directory) => {
    const packageQueries = join(directory, "package");
    await mkdir(join(directory, "queries"));
    await mkdir(packageQueries);
    await writeFile(join(directory, "queries", "mine.sql"), "\ufeffSELECT 'mine'");
    await writeFile(join(directory, "queries", "safe.sql"), "SELECT 'my safe'");
    await writeFile(join(packageQueries, "safe.sql"), "SELECT 'safe'");
    await writeFile(join(packageQueries, "high-resolution.sql"), "SELECT 'high'");
    await writeFile(join(directory, "my query.sql"), "SELECT 'path'");
    await writeFile(join(directory, "no-suffix"), "SELECT 'no suffix'");
    await writeFile(join(directory, "empty.sql"), " \n");
    return findQuery(argument, { directory, packageQueries, verbs: ["run", "filter", "download", "status"] });
  });
}

test("a path is found, with or without .sql, also with spaces", async () => {
  expect(await find("queries/mine.sql")).toEqual({ name: "mine", path: "queries/mine.sql", text: "SELECT 'mine'" });
  expect((await find("my query.sql")).text).toBe("SELECT 'path'");
  expect((await find("no-suffix")).text).toBe("SELECT 'no suffix'");
});

test("a bare name is searched in ./queries, then in the package", async () => {
  expect((await find("safe")).text).toBe("SELECT 'my safe'");
  expect((await find("high-resolution")).text).toBe("SELECT 'high'");
});

test("text of more than one word is SQL", async () => {
  expect(await find("SELECT url FROM metadata -- x.sql")).toEqual({ name: "query", text: "SELECT url FROM metadata -- x.sql" });
  expect((await find("FROM metadata")).name).toBe("query");
});

test("a path that does not exist is an error that suggests the nearest query", async () => {
  for (const path of ["queries/saef.sql", "saef.sql", "nowhere/safe", "my own query.sql"]) {
    await expect(find(path)).rejects.toThrow(`the query file ${path} does not exist`);
  }
  await expect(find("saef.sql")).rejects.toMatchObject({ hint: expect.stringContaining("Did you mean the query safe?") });
});

test("an unknown word is an error that suggests the nearest verb and query", async () => {
  const thrown: unknown = await find("high-resolutoin").catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(UsageError);
  expect((thrown as UsageError).hint).toContain("Did you mean the query high-resolution?");
  await expect(find("statsu")).rejects.toMatchObject({ hint: expect.stringContaining("the verb status") });
  await expect(find("zzzzzzzzzz")).rejects.toMatchObject({ hint: expect.stringContaining("prep queries lists the queries.") });
});

test("an empty query is an error", async () => {
  await expect(find("empty.sql")).rejects.toBeInstanceOf(QueryError);
  await expect(find("  ")).rejects.toBeInstanceOf(UsageError);
});
