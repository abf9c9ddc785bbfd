// Partitions as pyarrow reads them: every type of docs/types.md, every row and every value.
import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { withFolder, writeParquet } from "../support/parquet.ts";
import { runPrep } from "../support/run-prep.ts";
import { partitionPaths } from "../support/selection/selected.ts";
import { documentedTypes } from "../support/selection/types-table.ts";

const PYTHON = process.env["PREP_PYTHON"] ?? "python3";
const ROWS = 20_000;

interface Seen {
  readonly rows: number;
  readonly schema: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, { readonly count: number; readonly values: readonly unknown[] }>>;
  readonly sums: number;
}

/** pyarrow's name of each stored type that is not nested. */
const ARROW: Readonly<Record<string, string>> = {
  BOOLEAN: "bool",
  TINYINT: "int8",
  SMALLINT: "int16",
  INTEGER: "int32",
  BIGINT: "int64",
  UTINYINT: "uint8",
  USMALLINT: "uint16",
  UINTEGER: "uint32",
  UBIGINT: "uint64",
  FLOAT: "float",
  DOUBLE: "double",
  VARCHAR: "string",
  BLOB: "binary",
  UUID: "extension<arrow.uuid>",
  DATE: "date32[day]",
  TIME: "time64[us]",
  TIMESTAMP: "timestamp[us]",
  TIMESTAMP_NS: "timestamp[ns]",
  "TIMESTAMP WITH TIME ZONE": "timestamp[us, tz=UTC]",
  JSON: "extension<arrow.json>",
  "INTEGER[]": "list<element: int32>",
  "VARCHAR[][]": "list<element: list<element: string>>",
  "DECIMAL(38,0)[]": "list<element: decimal128(38, 0)>",
  'STRUCT("a" INTEGER, "b c" BLOB)': "struct<a: int32, b c: binary>",
  'STRUCT("e" VARCHAR[], "t" TIMESTAMP)': "struct<e: list<element: string>, t: timestamp[us]>",
  'STRUCT("boxes" FLOAT[][], "n" INTEGER, "m" MAP(VARCHAR, DOUBLE))':
    "struct<boxes: list<element: list<element: float>>, n: int32, m: map<string, double>>",
  "MAP(VARCHAR, BIGINT)": "map<string, int64>",
  "MAP(DATE, INTEGER[])": "map<date32[day], list<element: int32>>",
};

/** In CI a missing pyarrow is an error, because .ci/run installs it. */
function cannotImport(): boolean {
  try {
    execFileSync(PYTHON, ["-c", "import pyarrow.parquet"], { stdio: "pipe" });
    return false;
  } catch (error) {
    if (process.env["CI"]) throw new Error(`${PYTHON} cannot import pyarrow; name a Python that can with PREP_PYTHON`, { cause: error });
    return true;
  }
}

describe.skipIf(cannotImport())("pyarrow (skipped where PREP_PYTHON, or python3, cannot import it)", () => {
  it.each(["snappy", "zstd"])("reads all partitions of a selection with every type, in %s", (compression) =>
    withFolder(async (folder) => {
      const lines = await documentedTypes();
      const input = await writeParquet(join(folder, "in.parquet"), `SELECT 'http://host.test/' || i AS url, i FROM range(${ROWS}) r(i)`);
      const list = lines.map(({ example }, index) => `${example} AS v${index}`);
      const query = join(folder, "types.sql");
      await writeFile(query, `SELECT metadata.*, v.* FROM metadata LEFT JOIN (SELECT 7 AS here, ${list.join(", ")}) AS v ON i = here`);
      const output = join(folder, "out");
      const args = ["filter", query, "--metadata", input, "--output", output, "--partitions", "3", "--compression", compression];
      expect(await runPrep([...args, "--verify-partitions", "--quiet"])).toMatchObject({ code: 0, stderr: "" });

      const script = join(import.meta.dirname, "..", "support", "python", "read-partitions.py");
      const seen = JSON.parse(execFileSync(PYTHON, [script, ...(await partitionPaths(output))], { encoding: "utf8" })) as Seen;
      expect(seen.rows).toBe(ROWS);
      expect(seen.sums).toBe((ROWS * (ROWS - 1)) / 2);
      expect(Object.keys(seen.schema)).toEqual(["url", "i", "here", ...lines.map((_, index) => `v${index}`)]);
      for (const [index, { type, stored, example }] of lines.entries()) {
        const kept = stored === "as it is" ? type : stored;
        const expected = kept.startsWith("DECIMAL(") && !kept.endsWith("]") ? /^decimal(32|64|128)\(\d+, \d+\)$/ : ARROW[kept];
        const found = seen.schema[`v${index}`]?.replaceAll(/, optional:\w+|( ?\('[^']*'\))/g, "");
        if (expected instanceof RegExp) expect([example, found]).toEqual([example, expect.stringMatching(expected)]);
        else expect([example, found]).toEqual([example, expected]);
        expect([example, seen.values[`v${index}`]?.count]).toEqual([example, example.startsWith("NULL") ? 0 : 1]);
      }
      const shown = (example: string) => seen.values[`v${lines.findIndex((line) => line.example.startsWith(example))}`]?.values[0];
      expect(shown("-70000")).toBe(-70000);
      expect(shown("99999999999999999999999999999999999999")).toBe("99999999999999999999999999999999999999");
      expect(shown("1234567890123456.78")).toBe("1234567890123456.78");
      expect(shown("'\\x00")).toBe("AP8=");
      expect(shown("'5a1b7e0e")).toBe("5a1b7e0e-0000-4000-8000-000000000000");
      expect(shown("TIMESTAMPTZ")).toBe("2024-02-29 10:34:56+00:00");
      expect(shown('\'a "quoted"')).toBe('a "quoted" 東京 🚲');
      expect(shown("[1, NULL, 3]")).toEqual([1, null, 3]);
      expect(shown("{'a': 1, 'b c'")).toEqual({ a: 1, "b c": "eA==" });
      expect(shown("INTERVAL")).toBe("1 month 2 days 00:00:03.000456");
    }),
  );
});
