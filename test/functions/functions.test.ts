// Functions for queries, compared with the programs whose results they must give.
import fc from "fast-check";
import { getDomain } from "tldts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createFunctions, QUERY_FUNCTIONS } from "../../src/functions/create-functions.ts";
import { PUBLIC_SUFFIXES } from "../../src/functions/public-suffixes.ts";
import type { Database } from "../../src/sql/database.ts";
import { murmurHash } from "../support/murmur-hash.ts";
import { openTestDatabase } from "../support/parquet.ts";

let database: Database;
beforeAll(async () => {
  database = await openTestDatabase();
  await createFunctions(database);
});
afterAll(() => database.close());

/** The values of an expression over `a` and `b`, for each pair. */
async function valuesOf(expression: string, pairs: readonly (readonly (string | null)[])[]) {
  const rows = await database.rows(
    `SELECT ${expression} AS value FROM (SELECT unnest($pairs::JSON::VARCHAR[][]) AS pair, generate_subscripts($pairs::JSON::VARCHAR[][], 1) AS place),
     LATERAL (SELECT pair[1] AS a, pair[2] AS b) ORDER BY place`,
    { pairs: JSON.stringify(pairs) },
  );
  return rows.map(({ value }) => value);
}

describe("laion_hash", () => {
  // Computed with Python's mmh3.
  test.each([
    ["", "", 0n],
    [null, null, 0n],
    ["http://img.example.test/a.jpg", "a red bicycle", 8026526879748700670n],
    ["http://img.example.test/a.jpg", null, 5399453274900547895n],
    [null, "a red bicycle", 5690313314391848183n],
    ["https://cdn.example.test/é.png", "Straße – 東京 🚲", -2150368358095669499n],
    ["x", "y", -3190886763933276109n],
    ["http://img.example.test/0123456789", "exactly16bytes!!", -6254578052333632725n],
  ])("of %j and %j equals the result of LAION's scripts", async (url, caption, expected) => {
    expect(await valuesOf("laion_hash(a, b)", [[url, caption]])).toEqual([expected]);
  });

  test("equals another implementation of MurmurHash3 for texts of any length", async () => {
    const text = fc.string({ unit: "grapheme", maxLength: 70 }).map((value) => value.replaceAll("\0", ""));
    const pairs = fc.sample(fc.tuple(text, text), { numRuns: 400, seed: 7 });
    expect(await valuesOf("laion_hash(a, b)", pairs)).toEqual(pairs.map(([url, caption]) => murmurHash(url + caption)));
  });
});

describe("url_host", () => {
  test.each([
    ["http://example.com/a.jpg", "example.com"],
    ["HTTPS://User:Secret@Images.Example.COM.:8080?x=http://other.test/", "images.example.com"],
    ["http://a@b@c.test\\@d.test/", "c.test"],
    ["http://[2001:DB8::1]:80/", "[2001:db8::1]"],
    [" http://münchen.test/ü.jpg", "münchen.test"],
    ["//example.com/a.jpg", null],
    ["data:image/gif;base64,R0lGOD", null],
    ["http://", null],
    ["", null],
    [null, null],
  ])("of %j is %j", async (url, host) => {
    expect(await valuesOf("url_host(a)", [[url, null]])).toEqual([host]);
  });
});

describe("registrable_domain", () => {
  test("equals tldts for every rule of the list, with zero, one and two labels before it", async () => {
    const rules = PUBLIC_SUFFIXES.split(" ").map((rule) => rule.replace(/^!/, "").replace("*", "any"));
    const hosts = [...rules, "localhost", "b.test", "a.b.unknown"].flatMap((host) => [host, `b.${host}`, `a.b.${host}`]);
    const expected = hosts.map((host) => getDomain(host, { extractHostname: false, validateHostname: false, allowPrivateDomains: false }));
    expect(
      await valuesOf(
        "registrable_domain(a)",
        hosts.map((host) => [host]),
      ),
    ).toEqual(expected);
  });

  test.each([
    ["https://www.Example.co.uk:443/a", "example.co.uk"],
    ["http://user@photos.blogspot.com/", "blogspot.com"],
    ["http://10.0.0.1/a.jpg", null],
    ["http://[::1]/a.jpg", null],
    ["data:image/gif", null],
    ["co.uk", null],
    ["", null],
    [null, null],
  ])("of %j is %j", async (url, domain) => {
    expect(await valuesOf("registrable_domain(a)", [[url, null]])).toEqual([domain]);
  });
});

describe("aspect, megapixels and the sides", () => {
  test("are NULL if a size is unknown", async () => {
    const rows = await database.rows(
      "SELECT aspect(w, h) AS aspect, megapixels(w, h) AS megapixels, shorter_side(w, h) AS shorter, longer_side(w, h) AS longer FROM (VALUES (2000, 1000), (0, 5), (5, -1), (NULL, 5), (5, NULL)) AS sizes(w, h)",
    );
    expect(rows[0]).toEqual({ aspect: 2, megapixels: 2, shorter: 1000, longer: 2000 });
    for (const row of rows.slice(1)) expect(row).toEqual({ aspect: null, megapixels: null, shorter: null, longer: null });
  });
});

test("each function that queries can call is described once", () => {
  expect(QUERY_FUNCTIONS.map(({ name }) => name).sort()).toEqual([
    "aspect",
    "is_blocked",
    "laion_hash",
    "longer_side",
    "megapixels",
    "registrable_domain",
    "shorter_side",
    "url_host",
  ]);
});
