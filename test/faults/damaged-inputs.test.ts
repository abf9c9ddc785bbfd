// Damaged and odd lists: refused by name before any work, or recorded row by row.
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Job, openJob } from "../support/faults/job.ts";
import { query } from "../support/output.ts";
import { writeParquet } from "../support/parquet.ts";
import { ending, runPrep } from "../support/run-prep.ts";

let job: Job;
let list: Buffer;
beforeAll(async () => {
  job = await openJob({ rows: 500, shardRows: 100 });
  list = await readFile(join(job.folder, "list.parquet"));
});
afterAll(() => job.close());

/** Arguments of the job for another list. */
const args = (path: string, output: string) => job.args(output).map((word) => (word === join(job.folder, "list.parquet") ? path : word));

describe("a list that cannot be read", () => {
  it.each([
    ["cut to a half", () => list.subarray(0, list.length / 2)],
    ["cut in its footer", () => list.subarray(0, -6)],
    ["that is an empty file", () => Buffer.alloc(0)],
    ["whose footer has a wrong length", () => Buffer.concat([list.subarray(0, -8), Buffer.from([255, 255, 255, 127]), list.subarray(-4)])],
    ["that is an HTML page", () => Buffer.from("<html>404</html>".repeat(100))],
  ])("%s is refused with exit code 4 and its name, before any request", async (label, damage) => {
    const path = join(job.folder, `${label.replaceAll(" ", "-")}.parquet`);
    await writeFile(path, damage());
    const asked = job.site.server.requests();
    const result = await runPrep(args(path, "refused"));
    expect(result.stderr).toMatch(/^error: /);
    expect(result.stderr).toContain(path.slice(job.folder.length));
    expect(result.stderr).not.toMatch(/defect|\n {4}at /);
    expect(result.code).toBe(4);
    expect(job.site.server.requests()).toBe(asked);
  });

  it("without a url column is refused, and the error lists its columns", async () => {
    const path = await writeParquet(join(job.folder, "no-url.parquet"), "SELECT 1 AS a, 'x' AS link");
    const result = await runPrep(args(path, "refused"));
    expect(result.stderr).toMatch(/error: .*url[\s\S]*link/i);
    expect(result.code).toBe(4);
  });
});

describe("a flipped byte in the pages of a list", () => {
  it("is reported with exit code 4, or does no harm", async () => {
    const flips = 12;
    let refused = 0;
    for (let flip = 0; flip < flips; flip++) {
      const bytes = Buffer.from(list);
      const place = 4 + Math.floor(((bytes.length - 8) * flip) / flips);
      bytes[place] = (bytes[place] ?? 0) ^ 0x5a;
      const path = join(job.folder, `flip-${flip}.parquet`);
      await writeFile(path, bytes);
      const result = await runPrep(args(path, `flip-${flip}`));
      expect(result.stderr).not.toMatch(/defect|\n {4}at /);
      expect([0, 4], result.stderr).toContain(result.code);
      if (result.code === 4) refused += 1;
    }
    console.log(`${refused} of ${flips} flipped bytes were refused; parquet has no checksum for the others`);
  });
});

describe("odd rows", () => {
  it("have a status each: NULL, empty, a caption of ten megabytes, a malformed URL, control characters", async () => {
    const good = `${job.site.rows[0]?.url}`;
    const path = await writeParquet(
      join(job.folder, "odd.parquet"),
      `SELECT * FROM (VALUES (1, '${good}', 'fine'), (2, NULL, 'null url'), (3, '', 'no url'), (4, '${good}', NULL),
        (5, '${good}', repeat('x', 10_000_000)), (6, 'http://[::', 'bad'), (7, '${good}' || chr(0) || chr(10), 'controls'),
        (8, '${good}', 'caption ' || chr(27) || '[2J' || chr(8238))) t(id, url, caption)`,
    );
    const result = await runPrep(args(path, "odd"));
    expect(result.code === 0 ? "" : ending(result)).toBe("");
    const rows = await query(
      `SELECT status, outcome, length(caption) AS n FROM read_parquet('${job.output("odd")}/00000.parquet') ORDER BY key`,
    );
    expect(rows).toHaveLength(8);
    expect(rows.map(({ status }) => status)).toEqual([
      "success",
      "failed_to_download",
      "failed_to_download",
      "success",
      "success",
      "failed_to_download",
      expect.any(String),
      "success",
    ]);
    expect(Number(rows[4]?.["n"])).toBe(10_000_000);
  });

  it("are refused when there are none, and leave no output", async () => {
    const path = await writeParquet(join(job.folder, "none.parquet"), "SELECT 'x' AS url, 'y' AS caption LIMIT 0");
    const result = await runPrep(args(path, "none"));
    expect(result.stderr).not.toMatch(/defect/);
    expect(existsSync(join(job.output("none"), "00000.tar"))).toBe(false);
    expect(result.code).toBe(4);
  });
});
