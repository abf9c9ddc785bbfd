// Sizes, counts and durations, read and printed.
import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/core/errors.ts";
import { formatBytes, formatCount, formatDuration, formatShare, parseBytes, plural } from "../../src/core/units.ts";

describe("units", () => {
  it.each([
    ["0", 0],
    ["512", 512],
    ["2GB", 2e9],
    ["2 gb", 2e9],
    ["1.5GiB", 1.5 * 2 ** 30],
    ["32MiB", 32 * 2 ** 20],
    ["64k", 64e3],
  ])("reads %s as %i bytes", (text, bytes) => expect(parseBytes(text)).toBe(bytes));

  it.each(["lots", "-1GB", "1 XB", "", "GB"])("refuses %j as a size", (text) => expect(() => parseBytes(text)).toThrow(UsageError));

  it("prints sizes, counts, shares and durations for people", () => {
    expect([0, 999, 1000, 1_500_000, 999_950_000, 2e12].map(formatBytes)).toEqual([
      "0 B",
      "999 B",
      "1.00 kB",
      "1.50 MB",
      "1.00 GB",
      "2.00 TB",
    ]);
    expect([0, 999, 1000, 1_234_567n].map(formatCount)).toEqual(["0", "999", "1,000", "1,234,567"]);
    expect([formatShare(1, 3), formatShare(1, 0)]).toEqual(["33.3 %", "-"]);
    expect([5, 1500, 65_000, 3_700_000, 90_000_000, Number.POSITIVE_INFINITY].map(formatDuration)).toEqual([
      "5 ms",
      "1.5 s",
      "1 min 05 s",
      "1 h 01 min",
      "1 d 1 h",
      "?",
    ]);
  });

  it("gives every count its plural, and none of our texts makes a plural by hand", async () => {
    expect([0, 1, 2, 1n, 1234].map((count) => plural(count, "row"))).toEqual(["0 rows", "1 row", "2 rows", "1 row", "1,234 rows"]);
    expect([1, 3].map((count) => plural(count, "entry was", "entries were"))).toEqual(["1 entry was", "3 entries were"]);
    const source = join(import.meta.dirname, "..", "..", "src");
    const names = (await readdir(source, { recursive: true })).filter((name) => name.endsWith(".ts") && name !== "core/units.ts");
    const offenders = names.flatMap((name) =>
      readFileSync(join(source, name), "utf8")
        .split("\n")
        .filter((line) => BY_HAND.test(line) && !line.includes("throw new Error("))
        .map((line) => `${name}: ${line.trim()}`),
    );
    expect(offenders).toEqual([]);
  });
});

/** `${formatCount(n)} rows`, and `${n === 1 ? "row" : "rows"}`. */
const BY_HAND =
  /\$\{formatCount\([^}]*\)\} (shards|rows|files|samples|things|partitions|records|failures|bytes)\b(?!\/)|=== 1 \? "\w+" : "\w+s"/;
