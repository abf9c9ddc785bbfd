// Lists in every format, as users download them.
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectRefusal, makeFolder, namesIn } from "../support/cli/refusals.ts";
import { type ScriptedServer, startScriptedServer } from "../support/fetch/scripted-server.ts";
import { faultsOf, sidecarRows } from "../support/output.ts";
import { writeParquet } from "../support/parquet.ts";
import { runPrep, startPrep } from "../support/run-prep.ts";
import { paintPicture } from "../support/transform/painted-picture.ts";

let folder: Awaited<ReturnType<typeof makeFolder>>;
let server: ScriptedServer;
const at = (...names: string[]) => join(folder.path, ...names);

beforeAll(async () => {
  folder = await makeFolder();
  const body = await paintPicture(40, 30);
  server = await startScriptedServer({
    "/a.jpg": { body },
    "/a,b;c.jpg": { body },
    "/with%20space.jpg": { body },
    "/%C3%BC/%E6%97%A5.jpg": { body },
  });
});

afterAll(async () => {
  await server.close();
  await folder.remove();
});

const OPTIONS = ["--output-format", "webdataset", "--allow-private-network", "--number-sample-per-shard", "3"];
const download = (inputs: readonly string[], output: string, ...more: string[]) =>
  runPrep(["download", ...inputs, "--output", at(output), ...OPTIONS, ...more]);

async function write(name: string, text: string | Buffer): Promise<string> {
  await mkdir(join(at(name), ".."), { recursive: true });
  await writeFile(at(name), text);
  return at(name);
}

const odd = () => [server.url("/a,b;c.jpg"), server.url("/with space.jpg"), server.url("/ü/日.jpg"), server.url("/a.jpg?x=1,2&y=a|b")];

describe("a list", () => {
  it("with one URL a line keeps img2dataset's keys, and may have any name with --input_format", async () => {
    const path = await write("odd.list", `${odd().join("\n")}\n\nhttp://nowhere.invalid:99999/\n`);
    const { code, stderr } = await download([path], "odd", "--input_format", "txt");
    expect(code === 0 ? "" : stderr).toBe("");
    expect(await faultsOf(at("odd"), 5)).toEqual([]);
    const rows = await sidecarRows(at("odd"));
    expect(rows.map(({ key, url, status }) => [key, url, status])).toEqual([
      ...odd().map((url, index) => [["000000", "000001", "000002", "000010"][index], url, "success"]),
      ["000011", "http://nowhere.invalid:99999/", "failed_to_download"],
    ]);
  });

  it("with a host in another script is requested from the host's ASCII name", async () => {
    const path = await write("idn.txt", "http://bücher.invalid/ü.jpg\n");
    expect((await download([path], "idn")).code).toBe(0);
    expect(await sidecarRows(at("idn"))).toMatchObject([{ url: "http://bücher.invalid/ü.jpg", outcome: "dns_not_found" }]);
  });

  it("gives the same shards as csv, tsv, json, jsonl and parquet, gzipped or not", async () => {
    const rows = Array.from({ length: 7 }, (_, row) => ({ link: `${server.url("/a.jpg")}?${row}`, text: `a "caption", ${row}`, w: row }));
    const cells = rows.map(({ link, text, w }) => [link, `"${text.replaceAll('"', '""')}"`, w]);
    const csv = ["link,text,w", ...cells.map((row) => row.join(","))].join("\n");
    const values = rows.map(({ link, text, w }) => `('${link}', '${text}', ${w}::BIGINT)`).join(", ");
    const lists = await Promise.all([
      writeParquet(at("same", "0.parquet"), `SELECT * FROM (VALUES ${values}) v(link, text, w)`),
      write("same/1.csv.gz", gzipSync(csv)),
      write("same/2.tsv", ["link\ttext\tw", ...cells.map((row) => row.join("\t"))].join("\r\n")),
      write("same/3.json", JSON.stringify(rows)),
      write("same/4.jsonl.gz", gzipSync(rows.map((row) => JSON.stringify(row)).join("\n"))),
    ]);
    const columns = ["--url-col", "LINK", "--caption-col", "text", "--save-additional-columns", "w"];
    const results = await Promise.all(lists.map((path, index) => download([path], `same-${index}`, ...columns)));
    expect(results.map(({ code, stderr }) => (code === 0 ? "" : stderr))).toEqual(lists.map(() => ""));
    const essence = async (output: string) =>
      (await sidecarRows(at(output))).map(({ key, caption, url, w, status }) => ({ key, caption, url, w: Number(w), status }));
    const expected = await essence("same-0");
    expect(expected).toHaveLength(7);
    for (const index of [1, 2, 3, 4]) expect(await essence(`same-${index}`)).toEqual(expected);
  });

  it("with malformed lines is downloaded without them, and each start counts and names them by file and line", async () => {
    const good = (row: number) => `${server.url("/a.jpg")}?${row},caption ${row}`;
    const path = await write("bad/list.csv", ["url,caption", good(0), "http://only.test/", good(1), "a,b,c", good(2), good(3)].join("\n"));
    for (const start of [1, 2]) {
      const { code, stderr } = await download([path], "bad-lines", "--caption-col", "caption");
      expect({ start, code }).toEqual({ start, code: 0 });
      if (start === 1)
        expect(stderr).toMatch(
          /list\.csv: 2 entries are no rows and were skipped: line 3 \(1 fields where the header has 2\), line 5 \(3 fields/,
        );
      expect(await faultsOf(at("bad-lines"), 4)).toEqual([]);
      expect(JSON.parse(await readFile(at("bad-lines", "run.json"), "utf8"))).toMatchObject({
        skipped_lines: [{ file: path, count: 2, first: [{ line: 3 }, { line: 5 }] }],
      });
    }
  });

  it("in several files gives each file its own shards, and a notice if a column has different types", async () => {
    await write("several/b.csv", `url,w\n${server.url("/a.jpg")}?b0,1.5\n`);
    await write("several/a.csv", `w,URL\n${[0, 1, 2, 3].map((row) => `${row},${server.url("/a.jpg")}?a${row}`).join("\n")}\n`);
    await write("several/README.md", "no list");
    await write("several/below/c.csv", `url,w\n${server.url("/a.jpg")}?below,1\n`);
    const { code, stderr } = await download([at("several")], "several-out", "--save-additional-columns", "w");
    expect(code).toBe(0);
    expect(stderr).toContain("the column w has different types: BIGINT in 1 file (a.csv) and DOUBLE in 1 file (b.csv)");
    expect((await readdir(at("several-out"))).filter((name) => name.endsWith(".tar")).sort()).toEqual([
      "00000.tar",
      "00001.tar",
      "00002.tar",
    ]);
    expect(await faultsOf(at("several-out"), 5)).toEqual([]);
  });

  it("may lie in a folder beside shards, which do not count as lists", async () => {
    const list = await writeParquet(at("both", "list.parquet"), `SELECT '${server.url("/a.jpg")}?' || i AS url FROM range(4) r(i)`);
    expect((await download([list], "both")).code).toBe(0);
    expect((await download([at("both")], "both-again")).code).toBe(0);
    expect(await faultsOf(at("both-again"), 4)).toEqual([]);
  });

  it("is read by the next start if a kill came while it was read", async () => {
    const good = [0, 1, 2, 3].map((row) => JSON.stringify({ url: `${server.url("/a.jpg")}?${row}` }));
    const path = await write("long.jsonl.gz", gzipSync([...good, ...Array.from({ length: 300_000 }, () => "no object")].join("\n")));
    const { process, result } = startPrep(["download", path, "--output", at("long"), ...OPTIONS]);
    const isReading = () => namesIn(at("long", "_prep", "tmp")).some((name) => name.startsWith("input."));
    while (!isReading() && process.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 2));
    process.kill("SIGKILL");
    await result;
    expect(namesIn(at("long", "_prep", "inputs"))).toEqual([]);
    const { code, stderr } = await download([path], "long");
    expect(code).toBe(0);
    expect(stderr).toContain("300,000 entries are no rows");
    expect(await faultsOf(at("long"), 4)).toEqual([]);
  });
});

describe("before any request, a list", () => {
  it.each<[string, string, readonly string[], (string | RegExp)[]]>([
    [
      "c.csv",
      "link,text\nhttp://a.test/,x\n",
      ["--url-col", "lnik"],
      [/c\.csv has no column "lnik"; it has link, text\nhint: Did you mean --url-col link\?/],
    ],
    [
      "c.jsonl",
      '{"url":"http://a.test/"}\n',
      ["--caption-col", "text"],
      [/c\.jsonl has no column "text"; it has url\nhint: Name the column with --caption-col/],
    ],
    ["c.txt", "http://a.test/\n", ["--save-additional-columns", "w"], [/has no column "w"; it has url/]],
    ["c.json", '[{"url":"http://a.test/"},{"url":oops}]', [], [/c\.json cannot be read: Malformed JSON/, /hint: Fix it/]],
    ["c.csv.gz", "no gzip, and no such column", [], [/has no column "url"/]],
    ["nothing/readme.md", "", [], [/nothing holds no parquet, csv, tsv, jsonl, json or txt file/]],
  ])("%s is refused with its fault", async (name, body, words, says) => {
    const path = await write(join("wrong", name), body);
    const input = name.startsWith("nothing") ? join(path, "..") : path;
    await expectRefusal(["download", input, "--output", at("refused"), ...words], { code: 4, says, output: at("refused") });
  });

  it("whose file lacks a column of the first is refused by the file's name", async () => {
    await write("differ/a.csv", "url,text\nhttp://a.test/,x\n");
    await write("differ/b.csv", "link,text\nhttp://a.test/,x\n");
    await expectRefusal(["download", at("differ"), "--output", at("refused")], {
      code: 4,
      says: [/b\.csv has no column url, which .*a\.csv has; it has link, text/],
      output: at("refused"),
    });
  });
});
