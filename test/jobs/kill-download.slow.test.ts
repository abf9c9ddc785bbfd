// A download of ten thousand URLs that is killed four times.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { startScriptedServer } from "../support/fetch/scripted-server.ts";
import { faultsOf, sidecarRows, tarDigests } from "../support/output.ts";
import { withFolder, writeParquet } from "../support/parquet.ts";
import { runPrep, startPrep } from "../support/run-prep.ts";
import { paintPicture } from "../support/transform/painted-picture.ts";

const ROWS = 10_000;
const PATHS = ["/small.jpg", "/other.jpg", "/gone.jpg", "/page.jpg", "/small.jpg", "/big.jpg"];
/** Number of committed shards, of 20, at each kill. */
const KILLS_AT = [1, 4, 9, 15];

it("ends with the tars of an undisturbed run, byte for byte", () =>
  withFolder(async (folder) => {
    const server = await startScriptedServer({
      "/small.jpg": { body: await paintPicture(200, 150) },
      "/other.jpg": { body: await paintPicture(240, 160, 3) },
      "/big.jpg": { body: await paintPicture(500, 400, 5) },
      "/gone.jpg": { status: 404 },
      "/page.jpg": { body: "<html>" },
    });
    try {
      const urls = PATHS.map((path) => `'${server.url(path)}'`).join(", ");
      const list = await writeParquet(
        join(folder, "list.parquet"),
        `SELECT [${urls}][1 + i % ${PATHS.length}] || '?' || i AS url, 'caption ' || i AS caption FROM range(${ROWS}) r(i)`,
      );
      const options = [
        "--caption-col",
        "caption",
        "--output-format",
        "webdataset",
        "--number-sample-per-shard",
        "500",
        "--resize-mode",
        "keep_ratio",
      ];
      const args = (output: string) => {
        const shape = ["--resize-only-if-bigger", "--skip-reencode", "--allow-private-network", "--quiet"];
        return ["download", list, "--output", join(folder, output), ...options, ...shape];
      };
      expect((await runPrep(args("calm"))).code).toBe(0);
      const committed = async () =>
        (await readdir(join(folder, "killed")).catch(() => [])).filter((name) => name.endsWith("_stats.json")).length;
      for (const shards of KILLS_AT) {
        const { process, result } = startPrep(args("killed"));
        while ((await committed()) < shards) await new Promise((resolve) => setTimeout(resolve, 5));
        process.kill("SIGKILL");
        await result;
      }
      expect((await runPrep(args("killed"))).code).toBe(0);
      expect(await faultsOf(join(folder, "killed"), ROWS)).toEqual([]);
      expect(await tarDigests(join(folder, "killed"))).toEqual(await tarDigests(join(folder, "calm")));
      const essence = async (output: string) =>
        (await sidecarRows(join(folder, output))).map(({ fetch_ms: _ms, attempts: _attempts, ...row }) => row);
      expect(await essence("killed")).toEqual(await essence("calm"));
    } finally {
      await server.close();
    }
  }));
