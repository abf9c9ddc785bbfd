// `prep download` end to end: records, bytes, kills, signals and second starts.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ScriptedServer, startScriptedServer } from "../support/fetch/scripted-server.ts";
import { faultsOf, loadedSamples, sidecarRows, tarDigests } from "../support/output.ts";
import { withFolder, writeParquet } from "../support/parquet.ts";
import { runPrepHere } from "../support/prep-here.ts";
import { runPrep, startPrep } from "../support/run-prep.ts";
import { paintPicture } from "../support/transform/painted-picture.ts";

let server: ScriptedServer;

beforeAll(async () => {
  const small = await paintPicture(320, 200);
  const big = await paintPicture(900, 600, 1);
  server = await startScriptedServer({
    "/small.jpg": { body: small },
    "/big.jpg": { body: big },
    "/gone.jpg": { status: 404 },
    "/page.jpg": { body: "<html>not a picture</html>" },
    "/opted-out.jpg": { body: small, headers: { "x-robots-tag": "noai" } },
    "/slow.jpg": { body: small, delayMs: 150 },
    "/soon.jpg": [{ status: 503, headers: { "retry-after": "0" } }, { body: small }],
  });
});

afterAll(() => server.close());

/** A parquet of `rows` rows whose paths repeat in this order. */
async function writeList(folder: string, rows: number, paths: readonly string[]): Promise<string> {
  const list = paths.map((path) => `'${server.url(path)}'`).join(", ");
  return await writeParquet(
    join(folder, "list.parquet"),
    `SELECT [${list}][1 + i % ${paths.length}] || '?' || i AS url, 'caption ' || i AS caption, 9007199254740993 + i AS hash, i % 7 AS width,
       CASE WHEN i = 3 THEN 'nan'::DOUBLE ELSE i / 2 END AS similarity FROM range(${rows}) r(i)`,
  );
}

const PATHS = ["/small.jpg", "/big.jpg", "/gone.jpg", "/page.jpg", "/opted-out.jpg", "/soon.jpg"];
const COMMON = ["--allow-private-network", "--retries", "1", "--quiet"];
const WEBDATASET = ["--output-format", "webdataset", "--number-sample-per-shard", "25", "--caption-col", "caption", ...COMMON];

describe("prep download", () => {
  it("records every row once, packs every success in key order, and counts like img2dataset", () =>
    withFolder(async (folder) => {
      const list = await writeList(folder, 60, PATHS);
      const output = join(folder, "out");
      const result = await runPrep([
        "download",
        list,
        "--output",
        output,
        ...WEBDATASET,
        "--save-additional-columns",
        "hash",
        "width",
        "similarity",
      ]);
      expect(result.stderr).not.toContain("defect");
      expect(result.code).toBe(0);
      expect(await faultsOf(output, 60)).toEqual([]);
      const rows = await sidecarRows(output);
      const outcomes = rows.map(({ outcome }) => outcome);
      for (const [index, outcome] of ["success", "success", "http_404", "not_an_image", "opted_out", "success"].entries()) {
        expect(outcomes[index]).toBe(outcome);
      }
      expect(rows[4]).toMatchObject({
        key: "0000004",
        status: "failed_to_download",
        error_message: "Use of image disallowed by X-Robots-Tag directive",
        caption: "caption 4",
        metadata_width: 4n,
      });
      expect(rows[3]).toMatchObject({ status: "failed_to_resize", error_message: "Image decoding error", outcome: "not_an_image" });
      // The server refuses the first request and answers the second.
      expect(rows.filter(({ attempts }) => attempts === 2)).toMatchObject([{ outcome: "success", http_status: 200 }]);
      const samples = await loadedSamples(output);
      expect(samples).toHaveLength(30);
      expect([...(samples[0]?.members.keys() ?? [])]).toEqual(["jpg", "json", "txt"]);
      expect(samples[0]?.members.get("txt")?.toString()).toBe("caption 0");
      const json = samples[1]?.members.get("json")?.toString() ?? "";
      expect(json).toContain('"hash":9007199254740994,');
      expect(JSON.parse(json)).toMatchObject({
        key: "0000001",
        status: "success",
        error_message: null,
        width: 256,
        height: 256,
        original_width: 900,
        original_height: 600,
        exif: "{}",
        metadata_width: 1,
      });
      const stats = JSON.parse(await readFile(join(output, "00000_stats.json"), "utf8")) as Record<string, unknown>;
      expect(Object.keys(stats).slice(0, 8)).toEqual(
        "count successes failed_to_download failed_to_resize duration start_time end_time status_dict".split(" "),
      );
      expect(stats["status_dict"]).toMatchObject({ success: 13, "HTTP Error 404": 4 });
      expect(JSON.parse(await readFile(join(output, "sizes.json"), "utf8"))).toEqual({ "00000.tar": 13, "00001.tar": 13, "00002.tar": 4 });
    }));

  it("writes img2dataset's files format by default, without captions and additional columns", () =>
    withFolder(async (folder) => {
      const list = await writeList(folder, 4, PATHS);
      const result = await runPrepHere(["download", list, "--output", join(folder, "out"), ...COMMON]);
      expect(result.code).toBe(0);
      expect((await readdir(join(folder, "out", "00000"))).sort()).toEqual([
        "000000000.jpg",
        "000000000.json",
        "000000001.jpg",
        "000000001.json",
      ]);
      const json = JSON.parse(await readFile(join(folder, "out", "00000", "000000001.json"), "utf8")) as Record<string, unknown>;
      expect(Object.keys(json)).toEqual("url key status error_message width height original_width original_height exif sha256".split(" "));
      expect(json).toMatchObject({ width: 256, height: 256 });
    }));

  it("gives the same bytes again, whatever the order in which servers answer", () =>
    withFolder(async (folder) => {
      const list = await writeList(folder, 40, ["/slow.jpg", "/small.jpg", "/big.jpg"]);
      await runPrepHere(["download", list, "--output", join(folder, "one"), ...WEBDATASET]);
      await runPrepHere(["download", list, "--output", join(folder, "two"), ...WEBDATASET, "--thread-count", "3"]);
      const one = await tarDigests(join(folder, "one"));
      expect(Object.keys(one)).toEqual(["00000.tar", "00001.tar"]);
      expect(await tarDigests(join(folder, "two"))).toEqual(one);
    }));

  it("continues after a kill -9 and ends with the tars of an undisturbed run, byte for byte", () =>
    withFolder(async (folder) => {
      const list = await writeList(folder, 300, [...PATHS, "/slow.jpg"]);
      const args = (output: string) => ["download", list, "--output", join(folder, output), ...WEBDATASET, "--thread-count", "8"];
      await runPrepHere(args("calm"));
      for (const shards of [1, 4]) {
        const { process, result } = startPrep(args("killed"));
        while ((await readdir(join(folder, "killed")).catch(() => [])).filter((name) => name.endsWith("_stats.json")).length < shards) {
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        process.kill("SIGKILL");
        await result;
      }
      const last = await runPrepHere(args("killed"));
      expect(last.code).toBe(0);
      expect(await tarDigests(join(folder, "killed"))).toEqual(await tarDigests(join(folder, "calm")));
      const essence = async (output: string) =>
        (await sidecarRows(join(folder, output))).map(({ fetch_ms: _ms, attempts: _attempts, ...row }) => row);
      expect(await essence("killed")).toEqual(await essence("calm"));
    }));

  it("leaves a finished output unchanged", () =>
    withFolder(async (folder) => {
      const list = await writeList(folder, 10, ["/small.jpg"]);
      const args = ["download", list, "--output", join(folder, "out"), ...WEBDATASET];
      await runPrepHere(args);
      const requests = server.requests("/small.jpg");
      const again = await runPrepHere([...args.filter((word) => word !== "--quiet"), "--timeout", "5", "--thread-count", "2"]);
      expect(again.code).toBe(0);
      expect(again.stderr).toContain("1 shard was done earlier");
      expect(server.requests("/small.jpg")).toBe(requests);
    }));

  it("refuses an output that was made with other options, and names them", () =>
    withFolder(async (folder) => {
      const list = await writeList(folder, 10, ["/small.jpg"]);
      await runPrepHere(["download", list, "--output", join(folder, "out"), ...WEBDATASET]);
      const other = await runPrepHere(["download", list, "--output", join(folder, "out"), ...WEBDATASET, "--image-size", "512"]);
      expect(other.code).toBe(5);
      expect(other.stderr).toContain("--image-size: this output was made with 256; you ask for 512.");
    }));

  it("stops on Ctrl-C with 130, leaves nothing half-written, and continues", () =>
    withFolder(async (folder) => {
      const list = await writeList(folder, 120, ["/slow.jpg"]);
      const args = ["download", list, "--output", join(folder, "out"), ...WEBDATASET, "--thread-count", "10"];
      const { process, result } = startPrep(args);
      while ((await readdir(join(folder, "out")).catch(() => [])).filter((name) => name.endsWith("_stats.json")).length < 1) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      process.kill("SIGINT");
      const stopped = await result;
      expect(stopped.code).toBe(130);
      expect(stopped.stderr).toContain(`hint: Start prep continue ${join(folder, "out")}`);
      expect(await readdir(join(folder, "out", "_prep", "tmp"))).toEqual([]);
      expect((await runPrepHere(args)).code).toBe(0);
      expect(await faultsOf(join(folder, "out"), 120)).toEqual([]);
    }));

  it("goes on when a worker process is killed", () =>
    withFolder(async (folder) => {
      const list = await writeList(folder, 120, ["/slow.jpg", "/small.jpg"]);
      const output = join(folder, "out");
      const { process, result } = startPrep([
        "download",
        list,
        "--output",
        output,
        ...WEBDATASET.filter((word) => word !== "--quiet"),
        "--thread-count",
        "8",
      ]);
      while ((await readdir(output).catch(() => [])).filter((name) => name.endsWith("_stats.json")).length < 1) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      const children = (await readFile(`/proc/${process.pid}/task/${process.pid}/children`, "utf8")).trim().split(" ");
      globalThis.process.kill(Number(children[0]), "SIGKILL");
      const ended = await result;
      expect(ended.stderr).toContain("a worker process died");
      expect(ended.code).toBe(0);
      expect(await faultsOf(output, 120)).toEqual([]);
    }));
});
