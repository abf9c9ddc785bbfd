// `prep shell` from a pipe.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeFolder } from "../support/cli/refusals.ts";
import { type ScriptedServer, startScriptedServer } from "../support/fetch/scripted-server.ts";
import { writeParquet } from "../support/parquet.ts";
import { type PrepResult, runPrep } from "../support/run-prep.ts";
import { paintPicture } from "../support/transform/painted-picture.ts";

const PROGRAM = join(import.meta.dirname, "..", "..", "bin", "prep.js");

let folder: { path: string; remove: () => Promise<void> };
let server: ScriptedServer;

beforeAll(async () => {
  folder = await makeFolder();
  server = await startScriptedServer({ "/a.jpg": { body: await paintPicture(90, 60) } });
  await writeParquet(
    join(folder.path, "meta.parquet"),
    `SELECT '${server.url("/a.jpg")}?' || i AS "URL", 'tab' || chr(9) || 'esc' || chr(27) || '[2J ' || i AS "TEXT", i::INTEGER AS "WIDTH", 2 * i AS "HEIGHT",
      0.1::FLOAT AS punsafe, i AS hash FROM range(100) r(i)`,
  );
  await writeParquet(join(folder.path, "tags.parquet"), "SELECT i AS hash, i % 2 = 0 AS even FROM range(100) r(i)");
  await writeFile(join(folder.path, "blocked.txt"), `${server.url("/a.jpg")}?3\n`);
});
afterAll(async () => {
  await server.close();
  await folder.remove();
});

/** Feeds lines to `prep shell`. */
async function shell(lines: readonly string[], more: readonly string[] = []): Promise<PrepResult> {
  const child = spawn(process.execPath, [PROGRAM, "shell", "--metadata", "meta.parquet", "--quiet", ...more], {
    cwd: folder.path,
    env: { ...process.env, PREP_DUCKDB: "" },
  });
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].setEncoding("utf8").on("data", (text: string) => {
      said[name] += text;
    });
  child.stdin.end(lines.join("\n"));
  return await new Promise((resolve) => child.on("close", (code, signal) => resolve({ code, signal, ...said })));
}

describe("prep shell in a pipe", () => {
  it("runs statements of several lines, the last without semicolon, with canonical columns, functions, tables and variables", async () => {
    const { code, stdout, stderr } = await shell(
      [
        ".mode json",
        "SELECT width, height, url_host(url) AS host, -- a ; in a comment",
        "  ';' AS semicolon FROM metadata",
        "WHERE hash = 5;  CREATE MACRO twice(x) AS 2 * x; SELECT twice(getvariable('n')) AS n, punsafe FROM metadata LIMIT 1;",
        "SELECT count(*) AS n FROM metadata JOIN tags USING (hash) WHERE even;",
        "SELECT hash FROM metadata WHERE is_blocked(url)",
      ],
      ["--table", "tags=tags.parquet", "--table", "block_list=blocked.txt", "--set", "n=21"],
    );
    expect(stderr).toBe("");
    expect(
      stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { width: 5, height: 10, host: "127.0.0.1", semicolon: ";" },
      { n: 42, punsafe: 0.10000000149011612 },
      { n: 50 },
      { hash: 3 },
    ]);
    expect(code).toBe(0);
  });

  it("goes on after a statement that fails, shows where it failed, and ends with its exit code", async () => {
    const { code, stdout, stderr } = await shell([".mode csv", "SELECT widht FROM metadata;", ".shema", "SELECT 1 AS one;", "SELEC;"]);
    expect(stdout).toBe("one\n1\n");
    expect(stderr).toContain("error: statement:1:8: ");
    expect(stderr).toContain("nearest columns: width");
    expect(stderr).toContain("there is no command .shema\nhint: Did you mean .schema?");
    expect(code).toBe(3);
  });

  it("keeps the view metadata whatever statements do, and saves no SELECT as a definition", async () => {
    const { stdout, stderr } = await shell([
      ".mode csv",
      'DROP VIEW metadata; CREATE OR REPLACE VIEW "Metadata" AS SELECT 1 AS one; ALTER VIEW metadata RENAME TO other;',
      "SELECT 1 AS view FROM metadata LIMIT 1;",
      "SELECT view, url FROM (SELECT *, 1 AS view FROM metadata) LIMIT 1;",
      ".save kept",
    ]);
    expect(stderr).toMatch(
      /the shell does not change tables[\s\S]*Metadata is a name of prep's own[\s\S]*the shell does not change tables/,
    );
    expect(stdout).toMatch(/^view\n1\nview,url\n1,http/);
    expect((await readFile(join(folder.path, "queries", "kept.sql"), "utf8")).match(/SELECT view/g)).toHaveLength(1);
  });

  it("has the memory, the threads and the fence of a run", async () => {
    await writeParquet(join(folder.path, "secret.parquet"), "SELECT 1 AS x");
    const { code, stdout, stderr } = await shell(
      [
        ".mode csv",
        "SELECT current_setting('memory_limit') AS memory, current_setting('threads') AS threads;",
        "SELECT * FROM 'secret.parquet';",
        "COPY (SELECT 1) TO 'stolen.csv';",
        "SET memory_limit = '10GB';",
        "SELECT * FROM read_text('blocked.txt');",
      ],
      ["--memory-limit", "300MB", "--threads", "2"],
    );
    expect(stdout).toBe("memory,threads\n286.1 MiB,2\n");
    expect(stderr.match(/the shell is fenced like a run/g)).toHaveLength(2);
    expect(stderr).toContain("the shell does not write files with SQL\nCOPY (SELECT 1) TO 'stolen.csv'\n^\nhint: .export FILE");
    expect(stderr).toContain("the shell does not change or read settings this way");
    expect(await readdir(folder.path)).not.toContain("stolen.csv");
    expect(code).toBe(3);
  });

  it.each([
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("keeps its files in a folder that is its own alone, which goes with it, also by %s", async (signal, code) => {
    const shared = join(folder.path, signal);
    await mkdir(shared);
    const child = spawn(process.execPath, [PROGRAM, "shell", "--metadata", "meta.parquet"], {
      cwd: folder.path,
      env: { ...process.env, PREP_DUCKDB: "", TMPDIR: shared },
    });
    child.stdin.write("SELECT 1;\n");
    await once(child.stdout, "data");
    const [name = "", ...more] = await readdir(shared);
    expect(more).toEqual([]);
    expect(name).toMatch(/^prep-shell-\w{6}$/);
    expect((await stat(join(shared, name))).mode & 0o777).toBe(0o700);
    child.kill(signal);
    expect((await once(child, "close"))[0]).toBe(code);
    expect(await readdir(shared)).toEqual([]);
  });

  it("shows tables without control characters and with at most forty rows, and schemas", async () => {
    const { stdout } = await shell([
      "SELECT caption, punsafe FROM metadata ORDER BY hash;",
      ".tables",
      ".schema",
      ".timer on",
      "SELECT 1;",
      ".mode line",
      "SELECT 2 AS two, NULL AS no;",
    ]);
    expect(stdout).toContain("tab\\tesc\\u001b[2J 0  │     0.1\n");
    expect(stdout).not.toContain("\u001b");
    expect(stdout).toContain("(40 of 100 rows; .mode csv shows all)");
    expect(stdout).toMatch(/^metadata {2}\(url, caption, width/m);
    expect(stdout).toMatch(/^width +│ INTEGER$/m);
    expect(stdout).toContain("two = 2\n no = NULL\n");
  });

  it("saves the last SELECT as a query that runs by its name, and overwrites none", async () => {
    await mkdir(join(folder.path, "saving"));
    await writeFile(join(folder.path, "saving", "first.sql"), "SET VARIABLE most = 30;\nSELECT 1 AS nothing;\n");
    const { code, stderr } = await shell([
      ".save early",
      ".read saving/first.sql",
      "CREATE MACRO is_low(x) AS x < 20;",
      "CREATE MACRO unused(x) AS x;",
      "SELECT * FROM metadata WHERE is_low(width) AND hash < getvariable('most') AND height >= coalesce(getvariable('least'), 4);",
      ".save low Low pictures only.",
      ".save low",
      ".save run",
      ".save task",
      '.save "low ones" Low pictures only.',
    ]);
    const text = await readFile(join(folder.path, "queries", "low.sql"), "utf8");
    expect(text).toBe(
      [
        "-- Low pictures only.",
        "-- most (30)  --set most=...",
        "-- least (4)  --set least=...",
        "CREATE MACRO is_low(x) AS x < 20;",
        "SELECT * FROM metadata WHERE is_low(width) AND hash < coalesce(getvariable('most'), 30) AND height >= coalesce(getvariable('least'), 4)",
        "",
      ].join("\n"),
    );
    expect(stderr).toContain("run it with: prep 'low ones' --metadata");
    expect(stderr).toContain("there was no SELECT yet");
    expect(stderr).toContain("queries/low.sql exists");
    expect(stderr).toContain("run is a verb of prep");
    expect(stderr).toContain("task is a verb of prep");
    expect(code).toBe(2);
    const result = await runPrep(["filter", "low", "--metadata", "meta.parquet", "--set", "least=10", "--output", "low"], {
      cwd: folder.path,
    });
    expect(result.stderr).toContain("kept 15 of 100 rows");
    expect(result.code).toBe(0);
  });

  it("takes metadata as arguments, and refuses an output of prep", async () => {
    const run = (path: string) => runPrep(["shell", path, "--init", "--quiet"], { cwd: folder.path, env: { PREP_DUCKDB: "" } });
    expect(await run("meta.parquet")).toMatchObject({ code: 0, stdout: expect.stringContaining("meta.parquet") });
    await writeParquet(join(folder.path, "output", "partitions", "part-00000.parquet"), "SELECT 'u' AS url");
    await writeFile(join(folder.path, "output", "selection.json"), "{}");
    const refused = await run("output");
    expect(refused.code).toBe(4);
    expect(refused.stderr).toMatch(/output is the output of an earlier run[\s\S]*hint: Name .*output\/partitions/);
    expect((await run("")).stderr).toContain("the metadata is an empty path");
    const none = await runPrep(["shell"], { cwd: folder.path, env: { PREP_DUCKDB: "" } });
    expect(none.stderr).toContain("no metadata was named\nhint: Name a folder, a glob or a parquet file: prep shell laion/");
  });

  it("warns that other shells have no fence, on the terminal and in the script", async () => {
    const options = { cwd: folder.path, env: { PREP_DUCKDB: "", PATH: "" } };
    const init = await runPrep(["shell", "--metadata", "meta.parquet", "--init"], options);
    expect(init.stderr).toContain("notice: DuckDB's own shell has no fence");
    expect(init.stdout).toMatch(/^-- .*\n-- .*read, write and load/);
    for (const line of init.stderr.trimEnd().split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    const opened = await runPrep(["shell", "--metadata", "meta.parquet", "--duckdb"], options);
    expect(opened.stderr).toMatch(/notice: DuckDB's own shell has no fence[\s\S]*error: there is no duckdb on the PATH/);
    expect((await runPrep(["shell", "--metadata", "meta.parquet", "--init", "--quiet"], options)).stderr).toBe("");
  });

  it("exports the last result to a new file only", async () => {
    const { code, stdout, stderr } = await shell([
      ".export early.csv",
      "SELECT hash, width FROM metadata WHERE hash < 3 ORDER BY hash;",
      ".export three.csv",
      ".export three.csv",
      ".export meta.parquet",
    ]);
    expect(stderr).toMatch(/no result to export yet[\s\S]*wrote three\.csv \(\d+ B\)\nerror: three\.csv exists[\s\S]*meta\.parquet exists/);
    expect(stdout).toContain("(3 rows)");
    expect(await readFile(join(folder.path, "three.csv"), "utf8")).toBe("hash,width\n0,0\n1,1\n2,2\n");
    expect(code).toBe(2);
  });

  it("starts the job with the last SELECT, its tables and variables", async () => {
    const { code, stderr } = await shell(
      [
        "SELECT m.* FROM metadata m JOIN tags USING (hash) WHERE even AND width < getvariable('most')",
        ";",
        ".run done --allow-private-network --number-sample-per-shard 20 --quiet",
      ],
      ["--table", "tags=tags.parquet", "--set", "most=12"],
    );
    expect(stderr).toMatch(/packed +6 /);
    expect(code).toBe(0);
    expect(await readdir(join(folder.path, "done"))).toContain("00000.tar");
  });
});
