// Memory and descriptors of a worker over many URLs: a million in the long form.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { IS_LONG } from "../support/faults/job.ts";
import { startScriptedServer } from "../support/fetch/scripted-server.ts";
import { query } from "../support/output.ts";
import { withFolder, writeParquet } from "../support/parquet.ts";
import { ending, startPrep } from "../support/run-prep.ts";
import { paintPicture } from "../support/transform/painted-picture.ts";

const ROWS = IS_LONG ? 1_000_000 : 3000;
const SHARD_ROWS = IS_LONG ? 10_000 : 250;
const SAMPLE_MS = IS_LONG ? 5000 : 100;

interface Sample {
  readonly done: number;
  readonly rssBytes: number;
  readonly descriptors: number;
}

/** The process id of the worker of an output; undefined while there is none. */
function workerOf(output: string): string | undefined {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .find((pid) => {
      try {
        return readFileSync(join("/proc", pid, "cmdline"), "utf8").includes(`task\0${output}\0`);
      } catch {
        return false;
      }
    });
}

it.skipIf(process.platform !== "linux")(
  `${ROWS} URLs leave the memory and descriptors of a worker flat (Linux only: read from /proc)`,
  () =>
    withFolder(async (folder) => {
      const server = await startScriptedServer({ "/a.jpg": { body: await paintPicture(300, 200) }, "/gone.jpg": { status: 404 } });
      try {
        const path = "CASE WHEN i % 10 = 3 THEN '/gone.jpg' ELSE '/a.jpg' END";
        const list = await writeParquet(
          join(folder, "list.parquet"),
          `SELECT '${server.url("")}' || ${path} || '?' || i AS url, 'caption ' || i AS caption FROM range(${ROWS}) r(i)`,
        );
        const output = join(folder, "out");
        const shape = ["--output", output, "--caption-col", "caption", "--number-sample-per-shard", String(SHARD_ROWS)];
        const limits = ["--allow-private-network", "--quiet", "--processes-count", "1", "--connections-per-host", "64"];
        const running = startPrep(["download", list, ...shape, ...limits, "--output-format", "webdataset", "--image-size", "64"]);
        const samples: Sample[] = [];
        let worker: string | undefined;
        const timer = setInterval(() => {
          try {
            worker ??= workerOf(output);
            if (worker === undefined) return;
            const rss = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(join("/proc", worker, "status"), "utf8"))?.[1];
            const descriptors = readdirSync(join("/proc", worker, "fd")).length;
            if (rss !== undefined) samples.push({ done: server.requests() / ROWS, rssBytes: Number(rss) * 1024, descriptors });
          } catch {
            // It has just ended.
          }
        }, SAMPLE_MS);
        const result = await running.result.finally(() => clearInterval(timer));
        expect(result.code === 0 ? "" : ending(result)).toBe("");
        const [sums] = await query(
          `SELECT count(*)::INT AS n, count(DISTINCT key)::INT AS keys, count(DISTINCT url)::INT AS urls, count(*) FILTER (status = 'success')::INT AS ok
         FROM read_parquet('${output}/[0-9]*.parquet')`,
        );
        expect(sums).toEqual({ n: ROWS, keys: ROWS, urls: ROWS, ok: (ROWS / 10) * 9 });
        const settled = samples.filter(({ done }) => done > 0.1 && done < 0.98);
        const rss = settled.map(({ rssBytes }) => rssBytes);
        const descriptors = settled.map((sample) => sample.descriptors);
        const curve = settled.filter((_, index) => index % Math.ceil(settled.length / 20) === 0);
        console.log(
          `done, RSS, descriptors: ${curve.map((one) => `${Math.round(one.done * 100)} % ${Math.round(one.rssBytes / 1e6)} MB ${one.descriptors}`).join("; ")}`,
        );
        expect(settled.length).toBeGreaterThan(5);
        // Connections vary with the load; a leak would grow with the rows.
        expect(Math.max(...descriptors)).toBeLessThan(64 + 128 + 64);
        expect(Math.max(...rss)).toBeLessThan(800e6);
        if (IS_LONG) expect(Math.max(...rss.slice(rss.length / 2))).toBeLessThan(1.2 * Math.max(...rss.slice(0, rss.length / 4)));
      } finally {
        await server.close();
      }
    }),
);
