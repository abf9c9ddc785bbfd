// Parses csv records: a bad line costs only itself.
import fc from "fast-check";
import { expect, it } from "vitest";
import { type Fields, RecordReader } from "../../../src/metadata/text/csv-records.ts";

function read(text: string | readonly (string | undefined)[], delimiter = ","): { records: Fields[]; bad: [number, string][] } {
  const records: Fields[] = [];
  const bad: [number, string][] = [];
  const reader = new RecordReader(
    delimiter,
    (fields) => records.push(fields),
    (line, reason) => bad.push([line, reason]),
  );
  reader.take({ firstLine: 1, lines: typeof text === "string" ? text.split("\n") : text });
  reader.end();
  return { records, bad };
}

const quoted = (field: string) => `"${field.replaceAll('"', '""')}"`;

const cell = fc.string({ unit: fc.constantFrom("a", "é", " ", ",", '"', "\n", "\t", "\r\n", "/"), maxLength: 6 });

it("any table written by RFC 4180 is read back unchanged", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.array(cell, { minLength: 4, maxLength: 4 }), { maxLength: 8 }),
      (width, rows) => {
        const table = [["h1", "h2", "h3", "h4"], ...rows].map((row) => row.slice(0, width));
        const text = table.map((row) => `${row.map(quoted).join(",")}\r\n`).join("");
        expect(read(text)).toEqual({ records: table, bad: [] });
      },
    ),
  );
});

it("a bad line between good ones costs only itself, whatever its quotes do", () => {
  const badLine = fc.constantFrom("x,y,z,w", "x", 'x,"never closed', '"a"b,c', '"x', 'x,"y",z,"');
  fc.assert(
    fc.property(fc.array(fc.oneof({ arbitrary: fc.constant("good"), weight: 3 }, badLine), { maxLength: 12 }), (kinds) => {
      const lines = kinds.map((kind, index) => (kind === "good" ? `u${index},"c ""${index}"", x",${index}` : kind));
      const { records, bad } = read(["a,b,c", ...lines].join("\n"));
      const good = kinds.flatMap((kind, index) => (kind === "good" ? [`u${index}`] : []));
      const reported = new Set(bad.map(([line]) => line));
      const kept = records.map(([first]) => first);
      expect(good.filter((url) => !kept.includes(url))).toEqual([]);
      expect(kinds.flatMap((kind, index) => (kind !== "good" && !reported.has(index + 2) ? [kind] : []))).toEqual([]);
    }),
  );
});

it("a line with meaningless quotes is taken literally if it has as many fields as the header", () => {
  expect(read('url\tcaption\nu1\t"Hello" she said\nu2\tsay "hi"\nu3\t5" disk\n', "\t")).toEqual({
    records: [
      ["url", "caption"],
      ["u1", '"Hello" she said'],
      ["u2", 'say "hi"'],
      ["u3", '5" disk'],
    ],
    bad: [],
  });
});

it("an empty field is null, an empty quoted field is empty text, and an empty line is ignored", () => {
  expect(read('a,b\n,\n"",x\n\n').records).toEqual([
    ["a", "b"],
    [null, null],
    ["", "x"],
  ]);
});

it("a record with an unreadable later line is skipped, although its first line would pass as a row", () => {
  expect(read(["url,caption", 'u1,"one line', "and another", undefined, 'u2,"good"', 'u3,"one', 'two"'])).toEqual({
    records: [
      ["url", "caption"],
      ["u2", "good"],
      ["u3", "one\ntwo"],
    ],
    bad: [
      [2, "its quote is open before a line that cannot be read"],
      [3, "1 fields where the header has 2"],
    ],
  });
});
