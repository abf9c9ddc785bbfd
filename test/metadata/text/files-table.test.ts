// Converts text files to parquet without losing a row or digit silently.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import type { TextFormat } from "../../../src/metadata/formats.ts";
import { type TextTable, textColumns, writeTextTable } from "../../../src/metadata/text/read-text-files.ts";
import type { JsonRow } from "../../../src/sql/database.ts";
import { openTestDatabase, withFolder } from "../../support/parquet.ts";

/** Converts a text file and reads the table. */
async function tableOf(
  format: TextFormat,
  body: string | Buffer,
  wanted: readonly string[] | "all" = "all",
): Promise<TextTable & { names: string[]; values: readonly JsonRow[] }> {
  return await withFolder(async (folder) => {
    const path = join(folder, `list.${format}`);
    await writeFile(path, body);
    await mkdir(join(folder, "pieces"));
    const database = await openTestDatabase();
    try {
      const names = await textColumns(database, path, format);
      const target = join(folder, "list.parquet");
      const source = { path, format, wanted, texts: ["url", "caption"] };
      const table = await writeTextTable(database, source, join(folder, "pieces"), target, new AbortController().signal);
      return { ...table, names, values: await database.rows(`FROM '${target}'`) };
    } finally {
      database.close();
    }
  });
}

const types = ({ columns }: TextTable) => Object.fromEntries(columns.map(({ name, type }) => [name, type]));

const ODD_URLS = [
  "http://a.test/1,2;3",
  "http://b.test/with space?q=a|b",
  'http://c.test/"quoted',
  "http://bücher.test/ü/日本.jpg",
  "not a url",
];

it.each([false, true])("txt is a URL a line, commas, quotes and other scripts included (gzipped: %s)", async (isGzipped) => {
  const text = `\uFEFF${ODD_URLS.slice(0, 2).join("\n")}\r\n\n   \n${ODD_URLS.slice(2).join("\r\n")}`;
  const table = await tableOf("txt", isGzipped ? gzipSync(text) : text);
  expect(table.values.map(({ url }) => url)).toEqual(ODD_URLS);
  expect(table).toMatchObject({ names: ["url"], rows: ODD_URLS.length, skipped: { count: 0, first: [] } });
});

it("quotes around a whole line of txt are removed, and other quotes stay", async () => {
  const lines = ['"http://a.test/1,2"', '"http://a.test/""x"""\r', '"http://a.test/1","b"', '"http://a.test/open', 'http://a.test/"in"'];
  expect((await tableOf("txt", lines.join("\n"))).values.map(({ url }) => url)).toEqual([
    "http://a.test/1,2",
    'http://a.test/"x"',
    ...lines.slice(2),
  ]);
});

it("a column of csv or tsv gets the type of all its values, and no digit is lost", async () => {
  const rows = [
    ["url", "caption", "w", "id", "score", "safe", "hash", "day"],
    ["http://1", "7", "640", "007", "0.5", "true", "12345678901234567890", "2024-01-02"],
    ["http://2", "8", "", "1", "1e-3", "False", "1", ""],
  ];
  for (const [format, delimiter] of [
    ["csv", ","],
    ["tsv", "\t"],
  ] as const) {
    const table = await tableOf(format, rows.map((row) => row.join(delimiter)).join("\n"));
    expect(types(table)).toEqual({
      url: "VARCHAR",
      caption: "VARCHAR",
      w: "BIGINT",
      id: "VARCHAR",
      score: "DOUBLE",
      safe: "BOOLEAN",
      hash: "VARCHAR",
      day: "VARCHAR",
    });
    expect(table.values[0]).toMatchObject({ caption: "7", w: 640n, id: "007", score: 0.5, safe: true, hash: "12345678901234567890" });
    expect(table.values[1]).toMatchObject({ w: null, score: 0.001, safe: false, day: null });
  }
});

it("a value of another type after any number of rows makes the column text and loses no row", async () => {
  const numbers = Array.from({ length: 30_000 }, (_, row) => `http://a.test/${row},${row}`);
  const table = await tableOf("csv", ["url,w", ...numbers, "http://a.test/last,640px"].join("\n"));
  expect(types(table)["w"]).toBe("VARCHAR");
  expect(table.rows).toBe(30_001);
  expect(table.values.at(-1)).toEqual({ url: "http://a.test/last", w: "640px" });
});

it("malformed lines of csv are skipped with their numbers", async () => {
  const lines = ["url,caption", "http://1,a", "http://2", "http://3,b,c", 'http://4,"open', "http://5,d"];
  const bytes = Buffer.concat([Buffer.from(`${lines.join("\n")}\nhttp://6,`), Buffer.from([0xff, 0xfe]), Buffer.from("\nhttp://7,e\n")]);
  const table = await tableOf("csv", bytes);
  // The open quote stands as it is: the line has as many fields as the header.
  expect(table.values.map(({ url }) => url)).toEqual(["http://1", "http://4", "http://5", "http://7"]);
  expect(table.skipped.count).toBe(3);
  expect(table.skipped.first).toEqual([
    { line: 3, reason: "1 fields where the header has 2" },
    { line: 4, reason: "3 fields where the header has 2" },
    { line: 7, reason: "not UTF-8" },
  ]);
});

it("jsonl keeps the types of its values, and lines that are not objects are skipped with their numbers", async () => {
  const table = await tableOf(
    "jsonl",
    [
      '{"url":"http://1","w":1,"uid":"550E8400-E29B-41D4-A716-446655440000","boxes":[[0,0.5]],"mixed":7}',
      "oops",
      "[1]",
      "",
      '{"url":"http://2","w":2.5,"boxes":null,"mixed":"x","late":{"a":1}}',
      '{"url":"http://3"',
    ].join("\n"),
  );
  expect(types(table)).toEqual({
    url: "VARCHAR",
    w: "DOUBLE",
    uid: "VARCHAR",
    boxes: "DOUBLE[][]",
    mixed: "VARCHAR",
    late: 'STRUCT("a" BIGINT)',
  });
  expect(table.values).toEqual([
    { url: "http://1", w: 1, uid: "550E8400-E29B-41D4-A716-446655440000", boxes: [[0, 0.5]], mixed: "7", late: null },
    { url: "http://2", w: 2.5, uid: null, boxes: null, mixed: "x", late: { a: 1n } },
  ]);
  expect(table.skipped).toEqual({
    count: 3,
    first: [
      { line: 2, reason: "not JSON" },
      { line: 3, reason: "not an object" },
      { line: 6, reason: "not JSON" },
    ],
  });
});

it("whole numbers of jsonl are signed, as in pandas and Arrow, unless one needs the unsigned type", async () => {
  const table = await tableOf(
    "jsonl",
    [
      '{"url":"http://1","n":1,"list":[1,2],"UBIGINT":{"UBIGINT":0},"huge":18446744073709551615,"lists":[[18446744073709551615]]}',
      '{"url":"http://2","n":9223372036854775807,"list":[],"UBIGINT":null,"huge":1,"lists":null}',
    ].join("\n"),
  );
  expect(types(table)).toEqual({
    url: "VARCHAR",
    n: "BIGINT",
    list: "BIGINT[]",
    UBIGINT: 'STRUCT("UBIGINT" BIGINT)',
    huge: "UBIGINT",
    lists: "UBIGINT[][]",
  });
  expect(table.values[1]).toMatchObject({ n: 9223372036854775807n, huge: 1n });
  expect(table.values[0]).toMatchObject({ list: [1n, 2n], huge: 18446744073709551615n, lists: [[18446744073709551615n]] });
});

it("whole numbers of jsonl keep every digit, whatever else their column holds", async () => {
  const table = await tableOf(
    "jsonl",
    [
      '{"url":"http://1","big":9007199254740993,"mixed":9007199254740993,"sign":-9007199254740993,"wide":18446744073709551615,"score":1e300}',
      '{"url":"http://2","big":123456789012345678901234,"mixed":0.5,"sign":7,"wide":-1,"score":2}',
      '{"url":"http://3"}',
    ].join("\n"),
  );
  expect(types(table)).toEqual({
    url: "VARCHAR",
    big: "VARCHAR",
    mixed: "VARCHAR",
    sign: "BIGINT",
    wide: "DECIMAL(38,0)",
    score: "DOUBLE",
  });
  expect(table.values.map(({ big }) => big)).toEqual(["9007199254740993", "123456789012345678901234", null]);
  expect(table.values.map(({ mixed }) => mixed)).toEqual(["9007199254740993", "0.5", null]);
  expect(table.values.map(({ sign }) => sign)).toEqual([-9007199254740993n, 7n, null]);
  expect(table.values.map(({ wide }) => String(wide))).toEqual(["18446744073709551615", "-1", "null"]);
});

it.each(["jsonl", "json"] as const)("a lone surrogate in %s is replaced by U+FFFD and counted", async (format) => {
  const objects = ['{"url":"http://1","caption":"cut \\ud83d"}', '{"url":"http://2","caption":"\\ud83d\\ude00"}'];
  const table = await tableOf(format, format === "json" ? `[${objects.join(",\n")}]` : objects.join("\n"));
  expect(table).toMatchObject({ rows: 2, mendedHalves: 1, skipped: { count: 0 } });
  expect(table.values.map(({ caption }) => caption)).toEqual(["cut \ufffd", "😀"]);
});

it("json can be an array, objects over several lines, or one a line, also gzipped", async () => {
  const objects = ODD_URLS.map((url, w) => ({ url, w }));
  const bodies = [
    JSON.stringify(objects),
    JSON.stringify(objects, null, 2),
    objects.map((object) => JSON.stringify(object, null, 2)).join("\n"),
    objects.map((object) => JSON.stringify(object)).join("\n"),
  ];
  for (const body of bodies.flatMap((text) => [text, gzipSync(text)])) {
    const table = await tableOf("json", body);
    expect(table.names).toEqual(["url", "w"]);
    expect(table.values).toEqual(ODD_URLS.map((url, w) => ({ url, w: BigInt(w) })));
  }
});

it("only the wanted keys of json are stored, and a key that no object has is null", async () => {
  const table = await tableOf("jsonl", '{"url":"http://1","a/b~c":"odd name","other":1}', ["url", "a/b~c", "none"]);
  expect(table.values).toEqual([{ url: "http://1", "a/b~c": "odd name", none: null }]);
});

it("a file of many pieces keeps its order", async () => {
  const body = Array.from({ length: 600_000 }, (_, row) => `http://a.test/${row}`).join("\n");
  const table = await tableOf("txt", body);
  expect(table.rows).toBe(600_000);
  expect(table.values.findIndex(({ url }, row) => url !== `http://a.test/${row}`)).toBe(-1);
});

it.each<[string, TextFormat, string | Buffer, RegExp]>([
  ["an empty csv", "csv", "", /holds no row/],
  ["a jsonl without objects", "jsonl", "\n\n", /holds no row/],
  ["UTF-16", "txt", Buffer.from("\uFEFFhttp://a.test/", "utf16le"), /is UTF-16/],
  ["bytes that are no text", "csv", Buffer.from([1, 0, 2]), /is not text/],
  ["a git-LFS pointer", "csv", "version https://git-lfs.github.com/spec/v1\n", /git-LFS pointer/],
  ["a truncated gzip", "txt", gzipSync("http://a.test/\n".repeat(9999)).subarray(0, 50), /not a complete gzip file/],
])("%s is refused", async (_name, format, body, says) => {
  await expect(tableOf(format, body)).rejects.toMatchObject({ exitCode: 4, message: expect.stringMatching(says) });
});

it("JSON with keys that differ only in case is refused if one is wanted", async () => {
  const body = '{"url":"http://1","w":1}\n{"URL":"http://2","w":2}\n';
  await expect(tableOf("jsonl", body)).rejects.toThrow(/has the keys "url" and "URL", which differ only in case/);
  await expect(tableOf("jsonl", body, ["url"])).rejects.toThrow(/differ only in case/);
  expect((await tableOf("jsonl", body, ["w"])).values).toEqual([{ w: 1n }, { w: 2n }]);
});
