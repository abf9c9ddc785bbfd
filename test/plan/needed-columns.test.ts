// The column that an option names.
import { expect, it } from "vitest";
import type { ShapeConfig } from "../../src/job/config.ts";
import { neededColumns } from "../../src/plan/needed-columns.ts";

const urlAmong = (wanted: string, names: readonly string[]) =>
  neededColumns(names, { urlColumn: wanted, additionalColumns: [] } as unknown as ShapeConfig, "list").url;

it("finds a column by its name, or else by its name in other letters", () => {
  expect(urlAmong("url", ["URL"])).toBe("URL");
  expect(urlAmong("url", ["url", "URL_1"])).toBe("url");
  expect(urlAmong("url", ["URL", "url_count"])).toBe("URL");
});

it("refuses to choose between columns whose names differ only by case", () => {
  expect(() => urlAmong("URL", ["url", "URL_1"])).toThrow("list: --url-col URL may mean the column url or URL_1");
  expect(urlAmong("URL_1", ["url", "URL_1"])).toBe("URL_1");
});

it("recognises a first line with a URL as a row, not as names", () => {
  expect(() => urlAmong("url", ["a caption", "http://a.test/1"])).toThrow("its first line is a row");
});
