// Refuses text files by their beginning if rows would be lost.
import { describe, expect, it } from "vitest";
import type { TextFormat } from "../../../src/metadata/formats.ts";
import { refuseUnreadableLayout } from "../../../src/metadata/text/refuse-layout.ts";

const refusal = (format: TextFormat, head: string): string => {
  try {
    refuseUnreadableLayout("list", format, head);
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

/** The beginning of a longer file, as pandas writes it. */
const LONG_COLUMN = `{"url":{${Array.from({ length: 100 }, (_, row) => `"${row}":"http:\\/\\/a.test\\/}${row}"`).join(",")}`;

describe("a text file is refused", () => {
  it.each<[string, TextFormat, string, RegExp]>([
    ["txt with CR alone", "txt", "http://a.test/1\rhttp://a.test/2", /CR alone/],
    ["csv with CR alone", "csv", "url,w\rhttp://a.test/1,7\r", /CR alone/],
    ["tsv with CR alone", "tsv", "url\tw\rhttp://a.test/1\t7\r", /CR alone/],
    ["jsonl with CR alone", "jsonl", '{"url":"http://a.test/1"}\r{"url":"http://a.test/2"}\r', /CR alone/],
    ["columns of pandas", "json", '{"url":{"0":"http://a.test/1"},"w":{"0":7}}', /object of columns/],
    ["columns of pandas, called jsonl, by other indices", "jsonl", '{"url":{"a":"http://a.test/1"},"w":{"a":7}}\n', /object of columns/],
    ["columns of pandas that go on", "json", LONG_COLUMN, /object of columns/],
    ["indented columns of pandas that go on", "json", LONG_COLUMN.replaceAll(",", ",\n  "), /object of columns/],
    ["lists, one for each column", "json", '{"url":["http://a.test/1","http://a.test/2"],"w":[7,8]}', /object of columns/],
    ["lists that go on", "json", `{"url": ["http://a.test/}"${', "http://a.test/1"'.repeat(100)}`, /object of columns/],
    ["rows beside their description", "json", '{"info":{"year":2021},"rows":[{"url":"http://a.test/1"}]}', /rows in its list "rows"/],
    ["an array that is called jsonl", "jsonl", '[\n{"url":"http://a.test/1"}\n]', /is a JSON array/],
  ])("%s", (_name, format, head, says) => expect(refusal(format, head)).toMatch(says));
});

describe("a text file is read", () => {
  it.each<[string, TextFormat, string]>([
    ["one line that ends with CR", "txt", "http://a.test/1\r"],
    ["lines that end with CR and LF", "csv", "url,w\r\nhttp://a.test/1,7\r\n"],
    ["an array with CR for blanks", "json", '[\r{"url":"http://a.test/1"}\r]'],
    ["one object with CR for blanks", "json", '{\r"url":"http://a.test/1"\r}'],
    ["objects with an object of numbers", "jsonl", '{"p":{"0":0.5},"url":"http://a.test/1"}\n{"p":{"0":0.5},"url":"http://a.test/2"}\n'],
    ["objects with a list first", "jsonl", '{"p":[0.5],"url":"http://a.test/1"}\n{"p":[0.5],"url":"http://a.test/2"}\n'],
    ["one object with a list and a text", "json", '{"p":[{"q":1}],"url":"http://a.test/1"}'],
    ["a first line that is not an object", "jsonl", '[1]\n{"url":"http://a.test/1"}\n'],
    ["nothing", "json", ""],
  ])("%s", (_name, format, head) => expect(refusal(format, head)).toBe(""));
});
