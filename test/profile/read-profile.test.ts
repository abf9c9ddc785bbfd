// The profile of many rows: estimates from a sample are near the truth, and counts are exact.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createFunctions } from "../../src/functions/create-functions.ts";
import type { Profile } from "../../src/profile/profile.ts";
import { readProfile } from "../../src/profile/read-profile.ts";
import type { Database } from "../../src/sql/database.ts";
import { openTestDatabase } from "../support/parquet.ts";

const ROWS = 400_000;
/** Enough rows that one in twenty is in the sample. */
const EXPECTED_ROWS = 10_000_000;

let database: Database;
let profile: Profile;
beforeAll(async () => {
  database = await openTestDatabase();
  await createFunctions(database);
  // A third of the rows are copies of one row, like a placeholder in a list of links.
  await database.run(`CREATE VIEW metadata AS SELECT
    CASE WHEN range % 3 = 0 THEN 'http://placeholder.test/none.gif' ELSE 'https://h' || range % 10 || '.test/' || range || '.jpg' END AS url,
    CASE WHEN range % 3 = 0 THEN 7 ELSE range % 1000 END AS width,
    CASE WHEN range % 40000 = 0 THEN range / 40000 END AS aesthetic,
    CASE WHEN range = 5 THEN 'ftp://x.test/' END AS v_0, range AS in_sample, 'x' AS host
    FROM range(${ROWS})`);
  await database.run("SELECT setseed(0.5)");
  profile = await readProfile(database, await database.columns("FROM metadata"), EXPECTED_ROWS);
});
afterAll(() => database.close());

/** The count of a value in a list of shares. */
const countOf = (shares: Profile["hosts"], value: string) => shares.find((share) => share.value === value)?.count ?? 0;
const number = (name: string) => profile.numbers.find((candidate) => candidate.name === name);

describe("the profile of many rows", () => {
  test("samples one row in twenty for estimates, and says how many", () => {
    expect(profile.rows).toBe(ROWS);
    expect(Math.abs(profile.sampledRows / (ROWS / 20) - 1)).toBeLessThan(0.05);
  });

  test("estimates hosts and extensions of all rows, including equal rows", () => {
    expect(Math.abs(countOf(profile.hosts, "placeholder.test") / (ROWS / 3) - 1)).toBeLessThan(0.05);
    expect(Math.abs(countOf(profile.hosts, "h1.test") / (ROWS / 15) - 1)).toBeLessThan(0.1);
    expect(Math.abs(countOf(profile.formats, "gif") / (ROWS / 3) - 1)).toBeLessThan(0.05);
    expect(Math.abs(countOf(profile.formats, "jpg") / ((2 * ROWS) / 3) - 1)).toBeLessThan(0.05);
  });

  test("estimates quantiles from the sample and counts the bins exactly", () => {
    const width = number("width");
    expect(width?.quantiles[1]).toBe(7);
    // A third of the values are 7 and the rest are spread evenly, so the median is at a quarter of the rest.
    expect(Math.abs((width?.quantiles[3] ?? 0) / 250 - 1)).toBeLessThan(0.1);
    expect(width?.bins.reduce((sum, { count }) => sum + count, 0)).toBe(width?.values);
    expect([width?.minimum, width?.maximum]).toEqual([1, 999]);
  });

  test("reads a number again if it is too rare in the sample", () => {
    const aesthetic = number("aesthetic");
    expect([aesthetic?.values, aesthetic?.minimum, aesthetic?.maximum]).toEqual([10, 0, 9]);
    expect(aesthetic?.quantiles).toHaveLength(7);
    expect(Math.abs((aesthetic?.quantiles[3] ?? 0) - 4.5)).toBeLessThanOrEqual(1);
  });

  test("does not count NULL as a value, and ends the bins with the values", () => {
    for (const { name, bins, values, minimum, maximum } of profile.numbers) {
      expect([name, bins.reduce((sum, { count }) => sum + count, 0)]).toEqual([name, values]);
      expect(bins[0]?.from).toBeLessThanOrEqual(minimum ?? 0);
      expect(bins.at(-1)?.to).toBeGreaterThanOrEqual(maximum ?? 0);
    }
  });

  test("does not confuse columns of the metadata with its own", () => {
    expect(profile.columns.map(({ name, nulls }) => [name, nulls])).toEqual([
      ["url", 0],
      ["width", 0],
      ["aesthetic", ROWS - 10],
      ["v_0", ROWS - 1],
      ["in_sample", 0],
      ["host", 0],
    ]);
    expect(profile.otherSchemes).toBe(0);
  });
});
