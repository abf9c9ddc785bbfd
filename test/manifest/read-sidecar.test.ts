// Sidecars that img2dataset wrote, and files that are none.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readSidecar } from "../../src/manifest/read-sidecar.ts";
import { openTestDatabase, withFolder, writeParquet } from "../support/parquet.ts";

/** Reads the sidecar that a SELECT makes. */
async function readSelect(select: string) {
  return await withFolder(async (folder) => {
    const database = await openTestDatabase();
    try {
      return await readSidecar(database, await writeParquet(join(folder, "00000.parquet"), select));
    } finally {
      database.close();
    }
  });
}

/** Rows in the layout of img2dataset 1.45: caption, url, key, status, error_message, sizes, exif, digest. */
const PEER = `SELECT * FROM (VALUES
  ('a cat', 'http://a.test/1.jpg', '000000001', 'failed_to_download', 'HTTP Error 404: Not Found', NULL, NULL, NULL, NULL, NULL, NULL),
  (NULL, 'http://a.test/0.jpg', '000000000', 'success', NULL, 256, 256, 640, 480, '{"Image Make": "Canon"}', 'd41d8cd98f00b204e9800998ecf8427e'),
  ('x', 'http://a.test/2.jpg', '000000002', 'failed_to_resize', 'Image decoding error', NULL, NULL, NULL, NULL, NULL, '0cc175b9c0f1b6a831c399e269772661'))
  t(caption, url, key, status, error_message, width, height, original_width, original_height, exif, md5)`;

describe("a sidecar of img2dataset", () => {
  it("gives outcome codes by its messages, and no attempts, times or sample digests", async () => {
    const { rows, messages, isOrdered, isOurs } = await readSelect(PEER);
    const md5 = { digest: "d41d8cd98f00b204e9800998ecf8427e" };
    const sizes = { width: 256, height: 256, originalWidth: 640, originalHeight: 480 };
    const unknown = { attempts: 0, fetchMs: 0 };
    expect(rows).toEqual([
      { index: 0, key: "000000000", outcome: "success", ...unknown, ...sizes, exif: '{"Image Make": "Canon"}', ...md5 },
      { index: 1, key: "000000001", outcome: "http_404", ...unknown },
      { index: 2, key: "000000002", outcome: "decode_failed", ...unknown, digest: "0cc175b9c0f1b6a831c399e269772661" },
    ]);
    expect(messages).toEqual([null, "HTTP Error 404: Not Found", "Image decoding error"]);
    // It writes rows in the order in which downloads end.
    expect([isOrdered, isOurs]).toEqual([false, false]);
  });

  it("has its rows in the order of their keys as numbers, also where keys have different lengths", async () => {
    const keys = ["99999", "100000", "00001", "100001"];
    const { rows } = await readSelect(`SELECT unnest(${JSON.stringify(keys).replaceAll('"', "'")}) AS key, 'success' AS status`);
    expect(rows.map(({ key, index }) => [index, key])).toEqual([
      [0, "00001"],
      [1, "99999"],
      [2, "100000"],
      [3, "100001"],
    ]);
  });

  it("is not mistaken for ours by input columns of other names, and its numbers may be of any integer type", async () => {
    const { rows, isOurs } = await readSelect(
      "SELECT '0' AS key, 'success' AS status, 7::UBIGINT AS width, 8::TINYINT AS height, 1.5 AS original_width, 'x' AS detail_2",
    );
    expect(rows).toEqual([{ index: 0, key: "0", outcome: "success", attempts: 0, fetchMs: 0, width: 7, height: 8, originalWidth: 1.5 }]);
    expect(isOurs).toBe(false);
  });
});

describe("readSidecar", () => {
  it("takes an outcome code of a later version for what its status and message say", async () => {
    const { rows } = await readSelect(
      "SELECT '0' AS key, 'failed_to_download' AS status, 'HTTP Error 503' AS error_message, 'new' AS outcome",
    );
    expect(rows[0]?.outcome).toBe("http_5xx");
  });

  it("rejects a file without keys and a file that is no parquet", async () => {
    await expect(readSelect("SELECT 'success' AS status")).rejects.toThrow("key");
    await withFolder(async (folder) => {
      const path = join(folder, "00000.parquet");
      await writeFile(path, "PAR1 and then nothing");
      const database = await openTestDatabase();
      await expect(readSidecar(database, path)).rejects.toThrow();
      database.close();
    });
  });
});
