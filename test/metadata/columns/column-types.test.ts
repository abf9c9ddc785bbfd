// Refuses decimals with more digits than DuckDB can hold.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { refuseWideDecimals } from "../../../src/metadata/columns/column-types.ts";
import type { Database } from "../../../src/sql/database.ts";
import { openTestDatabase, withFolder, writeParquet } from "../../support/parquet.ts";

/** Written by pyarrow, because DuckDB writes no such decimals: one row, url is text, b is a struct with a list n of decimals of 50 digits. */
const WIDE =
  "UEFSMRUAFUQVRCwVAhUAFQYVBhwAAAACAAAAAgEYAAAAaHR0cDovLzEyNy4wLjAuMTo5L2EuanBnFQAVQhVCLBUCFQAVBhUGHAAAAAIAAAACAAIAAAACBAAA" +
  "AAAAAAAAAAAAAELtEjsL2CA6HxUEGWw1ABgGc2NoZW1hFQQAFQwlAhgDdXJsJQBMHAAAADUCGAFiFQIANQIYAW4VAhUGTDwAAAA1BBgEbGlzdBUCABUOFSoV" +
  "AhgHZWxlbWVudCUKFQQVZCxcFQQVZAAAABYCGRwZLCYAHBUMGSUGABkYA3VybBUAFgIWahZqJghJHBUAFQAVAgA8FjAZBhkmAAIAAAAmABwVDhklBgAZSAFi" +
  "AW4EbGlzdAdlbGVtZW50FQAWAhZoFmgmckkcFQAVABUCADwpJgIAGVYAAAAAAgAAABbSARYCJggW0gEAKCBwYXJxdWV0LWNwcC1hcnJvdyB2ZXJzaW9uIDI2" +
  "LjAuMRksHAAAHAAAAAgBAABQQVIx";

let database: Database;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

describe("decimals of more than 38 digits", () => {
  it("are refused, also nested, with the file, the column and the type", () =>
    withFolder(async (folder) => {
      const path = join(folder, "wide.parquet");
      await writeFile(path, Buffer.from(WIDE, "base64"));
      await expect(refuseWideDecimals(database, [path])).rejects.toThrow(`${path}: the column b holds DECIMAL(50,2)`);
      await expect(refuseWideDecimals(database, [path], ["url", "B"])).rejects.toThrow("the column b holds");
    }));

  it("do not matter in a column that is not read", () =>
    withFolder(async (folder) => {
      const path = join(folder, "wide.parquet");
      await writeFile(path, Buffer.from(WIDE, "base64"));
      await expect(refuseWideDecimals(database, [path], ["url"])).resolves.toBeUndefined();
    }));

  it("are accepted with 38 digits", () =>
    withFolder(async (folder) => {
      const path = await writeParquet(join(folder, "good.parquet"), "SELECT 1.5::DECIMAL(38,2) AS a, [2.5::DECIMAL(38,10)] AS b");
      await expect(refuseWideDecimals(database, [path])).resolves.toBeUndefined();
    }));
});
