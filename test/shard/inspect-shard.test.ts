// Inspection of a parquet shard that differs from its record.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { inspectShard } from "../../src/shard/inspect-shard.ts";
import { Database } from "../../src/sql/database.ts";
import { withFolder, writeParquet } from "../support/parquet.ts";

it("opens no parquet file whose size or digest differs from what is expected", () =>
  withFolder(async (folder) => {
    const path = await writeParquet(join(folder, "00000.parquet"), "SELECT '00000000' AS key, 'success' AS status, 'x'::BLOB AS jpg");
    const body = await readFile(path);
    const whole = { bytes: body.length, sha256: createHash("sha256").update(body).digest("hex") };
    const database = await Database.open({ threads: 1, memoryLimitBytes: 200e6 });
    try {
      expect(await inspectShard(path, database, whole)).toEqual({ ...whole, samples: [{ key: "00000000", extensions: ["jpg"] }] });
      const closed = new Proxy(database, { get: () => expect.unreachable("the database was asked") });
      expect(await inspectShard(path, closed, { ...whole, sha256: "0".repeat(64) })).toEqual(whole);
      expect(await inspectShard(path, closed, { bytes: whole.bytes + 1 })).toEqual(whole);
    } finally {
      database.close();
    }
  }));
