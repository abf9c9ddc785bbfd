// A join of three tables with 2 million rows each, in 1 GB of memory.
import { join } from "node:path";
import { expect, it } from "vitest";
import { query } from "../support/output.ts";
import { withFolder, writeParquet } from "../support/parquet.ts";
import { runPrep } from "../support/run-prep.ts";
import { partitionsOf, recordOf } from "../support/selection/selected.ts";

const ROWS = 2_000_000;

it("join-safety-watermark gives each of 2 million rows its scores, and fits into 1 GB", () =>
  withFolder(async (folder) => {
    const metadata = await writeParquet(
      join(folder, "metadata.parquet"),
      `SELECT 'http://host' || i % 9973 || '.test/' || md5(i::VARCHAR) || '.jpg' AS url, 'a caption of some length, number ' || i || md5((-i)::VARCHAR) AS caption,
         (256 + i % 2000)::INTEGER AS width, (256 + i % 1500)::INTEGER AS height, (hash(i) % 4611686018427387904)::BIGINT AS hash, i FROM range(${ROWS}) r(i)`,
    );
    // A tenth of the hashes comes twice, with another score. Negative hashes belong to no row.
    const safety = await writeParquet(
      join(folder, "safety.parquet"),
      `SELECT hash, (i % 100 / 100)::FLOAT AS punsafe FROM '${metadata}' WHERE i % 5 <> 0 UNION ALL SELECT hash, 0.995::FLOAT FROM '${metadata}' WHERE i % 10 = 1 UNION ALL SELECT -1 - i, 0.5 FROM range(200000) r(i)`,
    );
    const watermark = await writeParquet(
      join(folder, "watermark.parquet"),
      `SELECT hash, (i % 64 / 64)::FLOAT AS pwatermark FROM '${metadata}' WHERE i % 7 <> 0 UNION ALL SELECT -1 - i, 0.5 FROM range(286000) r(i)`,
    );
    const output = join(folder, "out");
    const args = [
      "filter",
      "join-safety-watermark",
      "--metadata",
      metadata,
      "--table",
      `safety=${safety}`,
      "--table",
      `watermark=${watermark}`,
    ];
    args.push("--output", output, "--memory-limit", "1GB", "--partitions", "128", "--verify-partitions", "--quiet");
    expect(await runPrep(args)).toMatchObject({ code: 0, stderr: "" });

    const record = await recordOf(output);
    expect(record.funnel).toMatchObject({ rowsRead: ROWS, rowsKept: ROWS });
    expect(record.partitions).toHaveLength(128);
    expect(new Set(record.partitions.map(({ rows }) => rows))).toEqual(new Set([ROWS / 128]));
    const [counts] = await query(`SELECT count(*) AS n, count(DISTINCT i) AS different, count(*) FILTER (
        (punsafe IS NOT DISTINCT FROM CASE WHEN i % 10 = 1 THEN 0.995::FLOAT WHEN i % 5 <> 0 THEN (i % 100 / 100)::FLOAT END)
        AND (pwatermark IS NOT DISTINCT FROM CASE WHEN i % 7 <> 0 THEN (i % 64 / 64)::FLOAT END)) AS correct
      FROM ${await partitionsOf(output)}`);
    expect(counts).toEqual({ n: BigInt(ROWS), different: BigInt(ROWS), correct: BigInt(ROWS) });
  }));
