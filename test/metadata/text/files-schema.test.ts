// Columns and types of text files as metadata: none is missed, and no digit is lost.
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { createMetadataView, createTableView } from "../../../src/metadata/columns/view.ts";
import { findMetadataFiles } from "../../../src/metadata/find/metadata-files.ts";
import { openTestDatabase, withFolder } from "../../support/parquet.ts";

/** More rows than DuckDB looks at by default. */
const ROWS = 25_000;

async function read(files: Readonly<Record<string, string>>, query: string, table?: string) {
  return withFolder(async (folder) => {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    const database = await openTestDatabase();
    try {
      // A search of a folder does not take .json, so the file is named.
      if (table === undefined || table.includes("."))
        await createMetadataView(database, await findMetadataFiles([join(folder, table ?? "")]));
      else await createTableView(database, table, folder);
      return await database.rows(query);
    } finally {
      database.close();
    }
  });
}

function objects(last: object): string {
  const row = '{"url":"http://a.test/","n":1}\n';
  return `${row.repeat(ROWS)}${JSON.stringify({ url: "http://a.test/", ...last })}\n`;
}

it("a key that only a late object has becomes a column", async () => {
  const late = { "late.jsonl": objects({ caption: "at last", deep: { tags: ["x"] } }) };
  expect(await read(late, "SELECT n, caption, deep FROM metadata WHERE caption IS NOT NULL")).toEqual([
    { n: null, caption: "at last", deep: { tags: ["x"] } },
  ]);
  expect(await read(late, "SELECT count(caption) AS n FROM late", "late")).toEqual([{ n: 1n }]);
});

it("a value of another type in a late object gives the column both types, and a file with other keys loses nothing", async () => {
  const files = { "a.jsonl": objects({ n: "one" }), "b.jsonl": '{"url":"http://b.test/","n":2,"m":true}\n' };
  expect(
    await read(files, `SELECT count(*) AS rows, count(n) AS n, bool_or(n::VARCHAR = '"one"') AS word, count(m) AS m FROM metadata`),
  ).toEqual([{ rows: BigInt(ROWS + 2), n: BigInt(ROWS + 2), word: true, m: 1n }]);
});

it("times keep their offset, ambiguous dates stay text, and other dates become dates", async () => {
  const row = (time: string, day: string) =>
    `${JSON.stringify({ url: "u", time, day, utc: "2020-01-02T03:04:05+00:00", deep: [{ time, n: 1 }], days: [day] })}\n`;
  const query = "SELECT time, day, year(utc) AS year, deep[1].time AS deep, typeof(days) AS days FROM metadata WHERE time LIKE '%+02:00'";
  const plain = row("2020-01-02T03:04:05", "2020-05-31");
  const odd = row("2020-01-02T03:04:05.5+02:00", "05-31-2020");
  const time = "2020-01-02T03:04:05.5+02:00";
  const found = [{ time, day: "05-31-2020", year: 2020n, deep: time, days: "VARCHAR[]" }];
  expect(await read({ "a.jsonl": odd }, query)).toEqual(found);
  expect(await read({ "a.jsonl": plain }, "SELECT hour(time) AS hour, typeof(days) AS days FROM metadata")).toEqual([
    { hour: 3n, days: "DATE[]" },
  ]);
  const others = { "a.jsonl": odd, "b.jsonl": plain.replace('"day"', '"date"').replace('"n":1', '"m":1') };
  expect(await read(others, query)).toEqual(found);
  expect(await read(others, query.replace("metadata", "tags"), "tags")).toEqual(found);
});

it("objects with very many keys are rows, whether they share the keys or not", async () => {
  const keys = Array.from({ length: 250 }, (_, index) => index);
  const wide = JSON.stringify({ url: "u", ...Object.fromEntries(keys.map((index) => [`k${index}`, "x"])) });
  const sparse = keys.map((index) => JSON.stringify({ url: "u", [`k${index}`]: index })).join("\n");
  expect(await read({ "a.jsonl": `${wide}\n` }, "SELECT url, k249 FROM metadata")).toEqual([{ url: "u", k249: "x" }]);
  expect(await read({ "a.jsonl": sparse }, "SELECT count(url) AS n, max(k249) AS last FROM metadata")).toEqual([{ n: 250n, last: 249n }]);
  const files = Object.fromEntries(sparse.split("\n").map((line, index) => [`${index}.jsonl`, line]));
  expect(await read(files, "SELECT count(url) AS n, max(k249) AS last FROM metadata")).toEqual([{ n: 250n, last: 249n }]);
});

it("a key with an empty name keeps its values", async () => {
  expect(await read({ "a.jsonl": '{"url":"http://a.test/","":"x"}\n' }, "SELECT C1 FROM metadata")).toEqual([{ C1: "x" }]);
});

it("a long number in a late object keeps its digits", async () => {
  expect(
    await read({ "late.jsonl": objects({}).replace(/}\n$/, ',"n":1234567890123456789012}\n') }, "SELECT max(n) AS n FROM metadata"),
  ).toEqual([{ n: "1234567890123456789012" }]);
});

it("keys that differ only in case are two columns", async () => {
  const twins = { "twins.jsonl": '{"URL":"http://a.test/","url":"http://b.test/"}\n' };
  expect(await read(twins, "SELECT url, url_1 FROM metadata")).toEqual([{ url: "http://a.test/", url_1: "http://b.test/" }]);
});

it("an index without a name, as pandas writes, hides no name and does not turn the names into a row", async () => {
  const files = {
    "a.csv": ",url,caption\n0,http://a.test/0,a\n1,http://a.test/1,b\n",
    "b.csv": ",url,caption,width\n0,http://a.test/2,c,640\n",
  };
  expect(await read(files, "SELECT url, caption, width FROM metadata ORDER BY url")).toEqual([
    { url: "http://a.test/0", caption: "a", width: null },
    { url: "http://a.test/1", caption: "b", width: null },
    { url: "http://a.test/2", caption: "c", width: 640n },
  ]);
});

it("single quotes belong to captions and never join lines, and another file keeps its own rules", async () => {
  const row = (caption: string) => `http://a.test/\t${caption}\n`;
  const plain = row("plain").repeat(ROWS);
  const files = {
    "a.tsv": `url\tcaption\n${row("'Untitled'")}${plain}${row("'Twas the night")}${row("plain").repeat(9)}${row("the end'")}`,
    "b.tsv": `url\tcaption\n${row('"a ""quoted"" one"')}`,
  };
  const counts = `count(*) AS rows, count(*) FILTER (starts_with(caption, chr(39))) AS quoted, count(*) FILTER (caption = 'a "quoted" one') AS double`;
  const expected = [{ rows: BigInt(ROWS + 13), quoted: 2n, double: 1n }];
  expect(await read(files, `SELECT ${counts} FROM metadata`)).toEqual(expected);
  expect(await read(files, `SELECT ${counts} FROM lists`, "lists")).toEqual(expected);
});

it("quotes that only late captions have also enclose fields, but unpaired quotes are characters", async () => {
  const row = (caption: string) => `http://a.test/\t${caption}\n`;
  const plain = `url\tcaption\n${row("plain").repeat(ROWS)}`;
  const files = {
    "a.tsv": `${plain}${row('"two\nlines, ""quoted"""')}${row('"a\tb"')}${row('"c"')}`,
    "b.tsv": `${plain}${row('"Untitled')}${row('5" nails')}`,
  };
  const query = "SELECT caption FROM metadata WHERE caption <> 'plain' ORDER BY ALL";
  expect((await read(files, query)).map(({ caption }) => caption)).toEqual(['"Untitled', '5" nails', "a\tb", "c", 'two\nlines, "quoted"']);
});

it("a NUL in a caption stays in it", async () => {
  const text = `url,caption\n${"http://a.test/,a\0b\n".repeat(30)}`;
  expect(await read({ "a.csv": text }, "SELECT DISTINCT caption FROM metadata")).toEqual([{ caption: "a\0b" }]);
});

it("quotes that close before their caption ends are characters, few or many", async () => {
  const titled = 'url\tcaption\nhttp://a.test/\t"Untitled" by me\nhttp://a.test/\t"Untitled"\n';
  const query = "SELECT caption FROM metadata ORDER BY caption";
  expect(await read({ "a.tsv": titled }, query)).toEqual([{ caption: '"Untitled"' }, { caption: '"Untitled" by me' }]);
});

it("a note with a comma above the names is the line to remove, not the names below it", async () => {
  await expect(read({ "a.csv": "# by me, 2026\nurl,caption,width\nhttp://a.test/,x,1\n" }, "FROM metadata")).rejects.toMatchObject({
    message: expect.stringMatching(/a\.csv:2: 3 fields where the header has 2/),
    hint: expect.stringMatching(/^If the lines above the names are notes, remove them/),
  });
});

it("a table whose rows have one field more than its names is refused, not named after its first row", async () => {
  await expect(read({ "a.csv": "key,tag\na,b,x\nc,d,y\ne,f,z\n" }, "FROM tags", "tags")).rejects.toThrow(
    /a\.csv:2: 3 fields where the header has 2/,
  );
});

it("a column of numbers in one table and of days or booleans in another is text in both", async () => {
  const files = {
    "a.csv": "url,a,b,c\nhttp://a.test/1,5,1.50,1\n",
    "b.csv": "url,a,b,c\nhttp://a.test/2,01/02/2020,true,2.5\n",
  };
  const query = (table: string) => `SELECT a, b, c FROM ${table} ORDER BY url`;
  const expected = [
    { a: "5", b: "1.50", c: 1 },
    { a: "01/02/2020", b: "true", c: 2.5 },
  ];
  expect(await read(files, query("metadata"))).toEqual(expected);
  expect(await read(files, query("lists"), "lists")).toEqual(expected);
});

it("tags in captions are not comments", async () => {
  const tagged = "caption,url\n#cat,http://a.test/\nx # y,http://a.test/#z\n";
  expect(await read({ "a.csv": `# by me\n${tagged}` }, "SELECT url, caption FROM metadata ORDER BY ALL")).toEqual([
    { url: "http://a.test/", caption: "#cat" },
    { url: "http://a.test/#z", caption: "x # y" },
  ]);
});

it.each([
  ["csv", "url,hash,score\nhttp://a.test/,12345678901234567891,0.5\nhttp://a.test/,12345678901234567892,1\n"],
  ["jsonl", '{"url":"u","hash":123456789012345678901234567891,"score":0.5}\n{"url":"u","hash":123456789012345678901234567892,"score":1}\n'],
])("whole numbers in %s that are longer than 64 bits keep their digits, in metadata and tables", async (format, text) => {
  const query = (table: string) =>
    `SELECT count(DISTINCT hash) AS hashes, max(hash) LIKE '%892' AS exact, max(score) AS score FROM ${table}`;
  expect(await read({ [`a.${format}`]: text }, query("metadata"))).toEqual([{ hashes: 2n, exact: true, score: 1 }]);
  expect(await read({ [`a.${format}`]: text }, query("hashes"), "hashes")).toEqual([{ hashes: 2n, exact: true, score: 1 }]);
});

const rows = (bad: string) => `url,caption\n${"http://a.test/,x\n".repeat(500)}${bad}\n${"http://a.test/,x\n".repeat(500)}`;

it.each([
  ["has a field too many", "a.csv", rows("http://a.test/,x,y"), /a\.csv:502: 3 fields where the header has 2/],
  ["has a field too few", "a.csv", rows("http://a.test/"), /a\.csv:502: 1 fields where the header has 2/],
  ["has a comma in its only field", "a.csv", "url\nhttp://a.test/,1\nhttp://a.test/,2\n", /a\.csv:2: 2 fields where the header has 1/],
  ["begins with a tag and has a comma in it", "b.csv", rows("#cat, http://a.test/,y"), /b\.csv:502: 3 fields where the header has 2/],
  ["is not a JSON object", "a.jsonl", `{"url":"http://a.test/"}\n\n["http://a.test/"]\n`, /a\.jsonl:3: this is not a JSON object/],
])("a line that %s is named instead of a missing column", async (_, name, text, message) => {
  await expect(read({ [name]: text }, "FROM metadata")).rejects.toMatchObject({ exitCode: 4, message: expect.stringMatching(message) });
});

it.each([
  [
    "a.csv",
    `url,caption\nhttp://a.test/,${"x".repeat(3_000_000)}\n`,
    /a\.csv has a line of more than 2,000,000 bytes/,
    /prep download takes/,
  ],
  [
    "a.json",
    JSON.stringify({ info: 1, annotations: Array.from({ length: 20 }, () => ({ url: "x".repeat(2 ** 20) })) }),
    /a\.json has an object of more than 16,777,216 bytes/,
    /write one a line, such as jq/,
  ],
])("%s that is too long for DuckDB is an error without a wrong line number", async (name, text, message, hint) => {
  await expect(read({ [name]: text }, "FROM metadata", name)).rejects.toMatchObject({
    exitCode: 4,
    message: expect.stringMatching(message),
    hint: expect.stringMatching(hint),
  });
});

it.each([
  ["a.tsv", "a caption\thttp://a.test/1\nanother\thttp://a.test/2\n", "{ printf 'caption\\turl\\n'; cat FILE; } > NEW"],
  ["a.csv", "http://a.test/1,640,x\nhttp://a.test/2,640,y\n", "{ printf 'url,column2,column3\\n'; cat FILE; } > NEW"],
])("%s without a line of names is answered with one in its own delimiter and order", async (name, text, hint) => {
  await expect(read({ [name]: text }, "FROM metadata")).rejects.toMatchObject({
    message: expect.stringContaining("its first line is a row"),
    hint: expect.stringContaining(hint),
  });
});
