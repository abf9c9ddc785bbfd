// Errors for metadata and lists that cannot be read or used.
import { mkdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectRefusal, expectWords, makeFolder, SLOW_QUERY } from "../support/cli/refusals.ts";
import { startScriptedServer } from "../support/fetch/scripted-server.ts";
import { writeParquet } from "../support/parquet.ts";
import { runPrepHere } from "../support/prep-here.ts";
import { startPrep } from "../support/run-prep.ts";

let folder: { path: string; remove: () => Promise<void> };

const ROWS = "SELECT 'ftp://a.test/' || i AS url, 'caption ' || i AS caption FROM range(2000) r(i)";

beforeAll(async () => {
  folder = await makeFolder();
  await writeParquet(at("good", "one.parquet"), ROWS);
});

afterAll(() => folder.remove());

const at = (...names: string[]) => join(folder.path, ...names);

const refuse = (metadata: string, ...says: (string | RegExp)[]) =>
  expectRefusal(["all", "--metadata", at(metadata), "--output", at("out")], { code: 4, says, output: at("out") });

async function write(path: string, text: string | Buffer): Promise<void> {
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, text);
}

describe("metadata", () => {
  it("that does not exist is named", () => refuse("nowhere", /nowhere does not exist/));

  it("is missing in an empty folder", async () => {
    await mkdir(at("empty"));
    await refuse("empty", /empty holds no metadata file/, "hint: Name a folder that holds parquet, csv, tsv or jsonl files");
  });

  it("that consists of git-LFS pointers is recognised", async () => {
    await write(at("lfs", "a.parquet"), "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n");
    await refuse("lfs", "1 of 1 file is a git-LFS pointer", "lfs/a.parquet", "hint: Run `git lfs pull`");
  });

  it("that consists of Spark's checksum files is recognised", async () => {
    await write(at("crc", ".part-0.parquet.crc"), "crc");
    await refuse("crc", "only 1 .crc", "hint: The .crc files are Spark's checksums");
  });

  it("without rows is refused", async () => {
    await write(at("rowless", "a.csv"), "url,caption\n");
    await refuse("rowless", "error: the metadata has no rows", "hint: Name other files");
  });

  it("of a download is refused if no file has rows, with what was skipped; an empty file among others is allowed", async () => {
    const none = await writeParquet(at("none", "a.parquet"), "SELECT 'x' AS url LIMIT 0");
    await write(at("none", "a.csv"), "url,caption\n");
    await write(at("none", "b.csv"), "url,caption\nhttp://127.0.0.1:9/\n");
    for (const [input, ...says] of [
      [none, "error: the input has no rows\nhint: Name other files"],
      [at("none", "a.csv"), "error: the input has no rows\nhint: Name other files"],
      [at("none", "*.csv"), /no rows\n.*b\.csv: 1 entry is no row and was skipped: line 2 \(1 fields where the header has 2\)\nhint: Mend/],
    ] as const)
      await expectRefusal(["download", input, "--output", at("out")], { code: 4, says, output: at("out") });
    await writeParquet(at("none", "b.parquet"), ROWS.replace("2000", "1"));
    expect((await runPrepHere(["download", at("none", "*.parquet"), "--output", at("some"), "--quiet"])).code).toBe(0);
  });

  it("of a download may have empty files with any columns, as pandas writes them without types", async () => {
    await writeParquet(at("typeless", "a.parquet"), "SELECT NULL::INTEGER AS url, NULL::INTEGER AS caption LIMIT 0");
    await writeParquet(at("typeless", "b.parquet"), "SELECT 'ftp://a.test/' AS url, 'x' AS caption, 7 AS hash");
    await writeParquet(at("typeless", "c.parquet"), "SELECT 1 AS __index_level_0__ LIMIT 0");
    const options = ["--caption-col", "caption", "--save-additional-columns", "all", "--output", at("typeless-out"), "--json"];
    const { code, stdout } = await runPrepHere(["download", at("typeless"), ...options]);
    expect(code).toBe(0);
    expect(stdout).not.toMatch(/not carried|different types/);
    expect(stdout).toContain('"rowsKept":1');
  });

  it("of a download is refused if any file has bytes for URLs, captions or digests; the error names file and column", async () => {
    await writeParquet(at("bytes", "a.parquet"), "SELECT 'http://127.0.0.1:9/' AS url, 'x' AS caption, 'y' AS md5, {'url': 7} AS nested");
    for (const [column, option] of [
      ["URL", ["--url-col", "url"]],
      ["caption", ["--caption-col", "caption"]],
      ["md5", ["--verify-hash", '["md5","md5"]']],
    ] as const) {
      const path = await writeParquet(
        at("bytes", "b.parquet"),
        `SELECT * REPLACE (${column}::BLOB AS ${column}) FROM read_parquet('${at("bytes", "a.parquet")}')`,
      );
      await expectRefusal(["download", at("bytes"), ...option, "--output", at("out")], {
        code: 4,
        says: [`${path}: the column ${column} holds BLOB, not text\nhint: Name `, `decode(${column}) AS ${column}`],
        output: at("out"),
      });
    }
  });

  it("in csv is refused with the line that is not UTF-8, even far down", async () => {
    const rows = "http://127.0.0.1:9/,caption\n".repeat(25_000);
    await write(at("latin", "a.csv"), Buffer.from(`url,caption\n${rows}http://127.0.0.1:9/,caf\xe9\n${rows}`, "latin1"));
    await refuse("latin", /latin\/a\.csv:25002: .*not utf-8/, "hint: Convert it to UTF-8");
    await expectRefusal(["describe", at("latin")], { code: 4, says: [/latin\/a\.csv:25002: .*not utf-8/] });
  });

  it("in UTF-16 is recognised", async () => {
    await write(at("wide", "a.csv"), Buffer.from("\uFEFFurl\nhttp://127.0.0.1:9/\n", "utf16le"));
    await refuse("wide", /wide\/a\.csv is UTF-16/, "hint: Convert it to UTF-8");
  });

  it("of a download with semicolons between fields is refused with the expected layout; an empty file among others is allowed", async () => {
    await write(at("semi", "a.csv"), "URL;TEXT\nhttp://127.0.0.1:9/;x\n");
    await write(at("semi", "b.csv"), "");
    await expectRefusal(["download", at("semi"), "--url-col", "URL", "--output", at("out")], {
      code: 4,
      says: [/semi\/a\.csv has one column, "URL;TEXT"/, "hint: A csv needs commas between its fields"],
    });
  });

  it("with a column whose types do not fit together is refused with the file, the column and a way out", async () => {
    await writeParquet(at("mixed", "a.parquet"), "SELECT 'http://127.0.0.1:9/' AS url, [1] AS x");
    const other = await writeParquet(at("mixed", "b.parquet"), "SELECT 'http://127.0.0.1:9/' AS url, 's' AS x");
    const args = ["--metadata", at("mixed"), "--output", at("mixed-out")];
    await expectRefusal(["filter", "SELECT * FROM metadata", ...args], {
      code: 4,
      says: [
        `${other}: the column x is VARCHAR, but INTEGER[] in other files, and its values cannot be read as INTEGER[]\nhint: Leave it out`,
      ],
      output: at("mixed-out"),
    });
    expect((await runPrepHere(["filter", 'SELECT * EXCLUDE ("x") FROM metadata', ...args, "--quiet"])).code).toBe(0);
  });

  it("without a line of names, as in CC3M, is refused: its first row would become names", async () => {
    await write(at("headless", "a.tsv"), "a caption\thttp://127.0.0.1:9/1\nanother\thttp://127.0.0.1:9/2\n");
    await expectRefusal(["download", at("headless"), "--output", at("out")], {
      code: 4,
      says: [/a\.tsv has no column names: its first line is a row/, "hint: Put a line of names before it"],
    });
    await refuse("headless", /a\.tsv has no column names: its first line is a row/);
  });

  it("that is an output of prep is refused, with its partitions as a hint", async () => {
    await write(at("ours", "_prep", "plan.json"), "{}");
    await writeParquet(at("ours", "partitions", "part-00000.parquet"), ROWS);
    await refuse("ours", "is the output of an earlier run", /hint: Name .*ours\/partitions/);
  });

  it("may contain the output, and stays the same at every start; it may not contain another output or be the output", async () => {
    await writeParquet(at("around", "a.parquet"), ROWS);
    for (const metadata of [at("around"), at("around", "**", "*.parquet"), at("around", "*")]) {
      const args = ["filter", "SELECT * FROM metadata", "--metadata", metadata, "--output", at("around", "out")];
      for (let start = 0; start < 2; start += 1) {
        const { code, stderr } = await runPrepHere(args);
        expect([metadata, code]).toEqual([metadata, 0]);
        expect(stderr).toContain("kept 2,000 of 2,000 rows");
      }
      expect((await runPrepHere([...args, "--explain"])).stdout).toMatch(/^reads +1 file,/);
    }
    await refuse("around", "around/out is the output of an earlier run, not metadata (it holds selection.json)", /Name .*out\/partitions/);
    for (const metadata of [at("around"), at("around", "*.parquet")]) {
      await expectRefusal(["filter", "SELECT * FROM metadata", "--metadata", metadata, "--output", at("around")], {
        code: 4,
        says: [/around is both the metadata and the output\nhint: Name another --output/],
      });
    }
  });

  it("given as one file may lie beside the output, and stays the same at every start", async () => {
    const path = await writeParquet(at("beside", "a.parquet"), ROWS);
    for (let start = 0; start < 2; start += 1) {
      const { code, stderr } = await runPrepHere(["filter", "SELECT * FROM metadata", "--metadata", path, "--output", at("beside")]);
      expect([code, stderr]).toEqual([0, expect.stringContaining("kept 2,000 of 2,000 rows")]);
    }
  });

  it("with a truncated file among good ones is refused with that file", async () => {
    await writeParquet(at("cut", "a.parquet"), ROWS);
    await writeParquet(at("cut", "b.parquet"), ROWS);
    await truncate(at("cut", "b.parquet"), 900);
    await refuse("cut", "1 of 2 files is not a complete parquet file", /cut\/b\.parquet: truncated/, "hint: Fetch the broken files again");
  });

  it("with text that is not UTF-8 is refused with file and column, in both stages", async () => {
    const path = await writeParquet(
      at("utf8", "a.parquet"),
      "SELECT 'http://127.0.0.1:9/' AS url, 'ok' AS note, 'QQQ surrogate' AS caption",
    );
    const bytes = await readFile(path);
    // Half a surrogate pair, encoded like a character.
    for (let place = bytes.indexOf("QQQ"); place >= 0; place = bytes.indexOf("QQQ")) bytes.set([0xed, 0xa0, 0x80], place);
    await writeFile(path, bytes);
    await refuse("utf8", /utf8\/a\.parquet has text that is not UTF-8, in the column caption\n/, "hint: Write or fetch that file again");
    await expectRefusal(["download", path, "--caption-col", "caption", "--output", at("download")], {
      code: 4,
      says: [/utf8\/a\.parquet has text that is not UTF-8, in the column caption\n/],
    });
  });

  it("of a download is named if it vanishes before it is read", async () => {
    const server = await startScriptedServer({ "/a.jpg": { delayMs: 500 } });
    // A worker has two shards in work; the third file is opened when one of them is done.
    for (const name of ["a", "b", "c"]) await writeParquet(at("gone", `${name}.parquet`), `SELECT '${server.url("/a.jpg")}' AS url`);
    const options = ["--processes-count", "1", "--retries", "0", "--allow-private-network", "--quiet"];
    const running = startPrep(["download", at("gone"), "--output", at("vanished"), ...options]);
    while (server.requests() < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    await rm(at("gone", "c.parquet"));
    expectWords(await running.result, { code: 4, says: [/gone\/c\.parquet was removed while it was read\nhint: /] });
    await server.close();
  });

  it("that changes while it is read is named", async () => {
    await writeParquet(at("moving", "a.parquet"), ROWS);
    const path = await writeParquet(at("moving", "b.parquet"), ROWS);
    const running = startPrep(["filter", SLOW_QUERY, "--metadata", at("moving"), "--output", at("out")]);
    await running.until(() => running.stderrSoFar().includes("reading 4,000 rows"));
    await truncate(path, 500);
    expectWords(await running.result, {
      code: 4,
      says: [
        /moving\/b\.parquet was changed \(500 bytes instead of \d+\) while it was read/,
        "hint: Do not change the input while it is read",
      ],
      output: at("out"),
    });
  });
});
