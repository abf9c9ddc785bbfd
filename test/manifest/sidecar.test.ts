// Sidecars: what is written for every outcome, as DuckDB and as readSidecar read it.
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OUTCOMES, type OutcomeCode } from "../../src/core/outcome.ts";
import { errorMessageOf, type ManifestRow } from "../../src/manifest/manifest-row.ts";
import { readSidecar } from "../../src/manifest/read-sidecar.ts";
import { type CarriedColumn, writeSidecar } from "../../src/manifest/sidecar.ts";
import type { SidecarShape } from "../../src/manifest/sidecar-columns.ts";
import type { Database } from "../../src/sql/database.ts";
import { openTestDatabase, withFolder } from "../support/parquet.ts";

const FULL: SidecarShape = { withExif: true, digest: "sha256", withSampleDigest: true };
const PLAIN: SidecarShape = { withExif: false, digest: undefined, withSampleDigest: false };
const URL_COLUMN: CarriedColumn = { source: "link", name: "url" };

/** Runs a test with a database and a function that writes a sidecar for rows of `input`. */
async function withWriter(
  work: (
    write: (rows: readonly ManifestRow[], shape: SidecarShape, input?: string, columns?: readonly CarriedColumn[]) => Promise<string>,
    database: Database,
  ) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const database = await openTestDatabase();
    let files = 0;
    try {
      await work(
        async (rows, shape, input = "SELECT i::BIGINT AS position, 'u' || i AS link FROM range(500) r(i)", columns = [URL_COLUMN]) => {
          const path = join(folder, `${files++}.parquet`);
          await writeSidecar(database, rows, { path, rows: `(${input})`, positionColumn: "position", columns, shape });
          return path;
        },
        database,
      );
    } finally {
      database.close();
    }
  });
}

const key = (index: number) => `0000${String(index).padStart(4, "0")}`;

const HARD_TEXTS = [`it's "quoted"`, "line\nbreak\ttab", "日本語 🎉 e\u0301", "", "NULL", "; DROP TABLE x; --", "\\N", "\u0000 inside"];

describe("a sidecar", () => {
  it("stores every outcome with img2dataset's status and message, and is read back as it was written", () =>
    withWriter(async (write, database) => {
      const codes = Object.keys(OUTCOMES) as OutcomeCode[];
      const rows = codes.map((outcome, index): ManifestRow => {
        const detail = HARD_TEXTS[index % HARD_TEXTS.length] ?? "";
        return { index, key: key(index), outcome, attempts: index % 3, fetchMs: index, httpStatus: 451, detail };
      });
      const path = await write(rows, FULL);
      const stored = await database.rows(`SELECT key, url, status, error_message, outcome, detail, width, sample_digest FROM '${path}'`);
      expect(stored).toEqual(
        rows.map((row) => ({
          key: row.key,
          url: `u${row.index}`,
          status: OUTCOMES[row.outcome].status,
          error_message: errorMessageOf(row),
          outcome: row.outcome,
          detail: row.detail,
          width: null,
          sample_digest: null,
        })),
      );
      const { rows: read, messages, isOrdered, isOurs } = await readSidecar(database, path);
      expect(read).toEqual(rows);
      expect(messages).toEqual(rows.map(errorMessageOf));
      expect([isOrdered, isOurs]).toEqual([true, true]);
    }));

  it("names the status itself in the message of a code that stands for several statuses", () =>
    withWriter(async (write, database) => {
      const base = { attempts: 1, fetchMs: 0 };
      const rows: ManifestRow[] = [
        { ...base, index: 0, key: key(0), outcome: "http_4xx", httpStatus: 451 },
        { ...base, index: 1, key: key(1), outcome: "http_5xx", httpStatus: 503 },
        { ...base, index: 2, key: key(2), outcome: "timeout", httpStatus: 200 },
      ];
      const { messages } = await readSidecar(database, await write(rows, PLAIN));
      expect(messages).toEqual(["HTTP Error 451", "HTTP Error 503", OUTCOMES.timeout.message]);
    }));

  it("gives back any row in any shape, without the fields that the shape leaves out", () =>
    withWriter(async (write, database) => {
      const text = fc.string({ unit: "grapheme", maxLength: 12 });
      const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
      const size = optional(fc.integer({ min: 1, max: 2 ** 31 - 1 }));
      const bytes = optional(fc.integer({ min: 0, max: 2 ** 52 }));
      const fields = fc.record({
        outcome: fc.constantFrom(...(Object.keys(OUTCOMES) as OutcomeCode[])),
        ...{
          detail: optional(text),
          sourceFormat: optional(text),
          exif: optional(text),
          digest: optional(text),
          sampleDigest: optional(text),
        },
        ...{ httpStatus: optional(fc.integer({ min: 100, max: 599 })), attempts: fc.nat(9), fetchMs: fc.nat(1e9) },
        ...{ width: size, height: size, originalWidth: size, originalHeight: size, downloadedBytes: bytes, storedBytes: bytes },
      });
      const shapes = fc.record({
        withExif: fc.boolean(),
        digest: fc.constantFrom(undefined, "md5" as const, "sha256" as const, "sha512" as const),
        withSampleDigest: fc.boolean(),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(fields, { minLength: 1, maxLength: 8 }), shapes, async (list, shape) => {
          const rows = list.map((row, index) => ({ ...row, index, key: key(index) }) as ManifestRow);
          const { rows: read } = await readSidecar(database, await write(rows, shape));
          expect(read).toEqual(
            rows.map(({ exif, digest, sampleDigest, ...row }) => ({
              ...row,
              exif: shape.withExif ? exif : undefined,
              digest: shape.digest ? digest : undefined,
              sampleDigest: shape.withSampleDigest ? sampleDigest : undefined,
            })),
          );
        }),
        { numRuns: 40 },
      );
    }));

  it("has img2dataset's columns in its order and with its types, then ours", () =>
    withWriter(async (write, database) => {
      const columnsOf = async (shape: SidecarShape) => {
        const path = await write([{ index: 0, key: key(0), outcome: "success", attempts: 1, fetchMs: 0 }], shape);
        return (await database.rows(`DESCRIBE SELECT * FROM '${path}'`)).map((row) => `${row["column_name"]} ${row["column_type"]}`);
      };
      const peers = ["url VARCHAR", "key VARCHAR", "status VARCHAR", "error_message VARCHAR"];
      const sizes = ["width INTEGER", "height INTEGER", "original_width INTEGER", "original_height INTEGER"];
      const ours = ["outcome VARCHAR", "detail VARCHAR", "http_status SMALLINT", "attempts SMALLINT"];
      const measures = ["downloaded_bytes BIGINT", "stored_bytes BIGINT", "source_format VARCHAR", "fetch_ms INTEGER"];
      expect(await columnsOf(PLAIN)).toEqual([...peers, ...sizes, ...ours, ...measures]);
      expect(await columnsOf(FULL)).toEqual(
        [peers, sizes, "exif VARCHAR", "sha256 VARCHAR", ours, measures, "sample_digest VARCHAR"].flat(),
      );
      expect(await columnsOf({ ...PLAIN, digest: "md5" })).toContain("md5 VARCHAR");
    }));

  it("keeps the exact types and values of the input's columns, whatever they are called", () =>
    withWriter(async (write, database) => {
      const values = [
        `1 AS "a ""quoted"" name"`,
        `99999999999999999999999999999999999999::DECIMAL(38,0) AS huge`,
        `12.3400::DECIMAL(38,4) AS money`,
        `TIMESTAMPTZ '2020-01-01 00:00:00+02' AS seen`,
        `{'x': [1, NULL], 'y': 'ß'} AS nested`,
        `'ab'::BLOB AS raw`,
        `NULL::DATE AS never`,
      ];
      const names = [`a "quoted" name`, "huge", "money", "seen", "nested", "raw", "never"];
      const input = `SELECT 0 AS position, ${values.join(", ")}`;
      const columns = names.map((name) => ({ source: name, name: name === "huge" ? "metadata_huge" : name }));
      const path = await write([{ index: 0, key: key(0), outcome: "success", attempts: 1, fetchMs: 0 }], PLAIN, input, columns);
      const list = names.map((name) => `"${name.replaceAll('"', '""')}"`).join(", ");
      const types = `SELECT * FROM (DESCRIBE SELECT ${list} FROM (${input})) ORDER BY column_name`;
      const storedList = list.replace(`"huge"`, "metadata_huge AS huge");
      expect(await database.rows(types.replace(`SELECT ${list} FROM (${input})`, `SELECT ${storedList} FROM '${path}'`))).toEqual(
        await database.rows(types),
      );
      expect(await database.rows(`SELECT ${storedList} FROM '${path}'`)).toEqual(await database.rows(`SELECT ${list} FROM (${input})`));
    }));

  it("has its rows in the order of their keys, wherever its relation has them", () =>
    withWriter(async (write, database) => {
      const rows = Array.from(
        { length: 300 },
        (_, index): ManifestRow => ({ index, key: key(index), outcome: "success", attempts: 1, fetchMs: 0 }),
      );
      const input = "SELECT i AS position, 'u' || i AS link FROM range(300) r(i) ORDER BY hash(i)";
      const stored = await database.rows(`SELECT key, url FROM '${await write(rows.toReversed(), PLAIN, input)}'`);
      expect(stored).toEqual(rows.map(({ index }) => ({ key: key(index), url: `u${index}` })));
    }));

  it("can be written beside others on one database, also after one that failed", () =>
    withWriter(async (write, database) => {
      const rowsOf = (outcome: OutcomeCode) => [{ index: 0, key: key(0), outcome, attempts: 1, fetchMs: 0 }];
      await expect(write(rowsOf("success"), PLAIN, "SELECT 0 AS position")).rejects.toThrow("link");
      const paths = await Promise.all((["success", "timeout", "http_404"] as const).map((outcome) => write(rowsOf(outcome), PLAIN)));
      const read = await Promise.all(paths.map(async (path) => (await readSidecar(database, path)).rows[0]?.outcome));
      expect(read).toEqual(["success", "timeout", "http_404"]);
      expect(await database.rows("SELECT table_name FROM duckdb_tables()")).toEqual([]);
    }));
});
