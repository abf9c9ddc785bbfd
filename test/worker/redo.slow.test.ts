// `prep retry` and `prep verify --repair`: further generations of finished shards.
import { cp, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeFolder } from "../support/cli/refusals.ts";
import { verified } from "../support/damage.ts";
import { type ScriptedServer, startScriptedServer } from "../support/fetch/scripted-server.ts";
import { digests, faultsOf, loadedSamples, sidecarRows, tarDigests } from "../support/output.ts";
import { withFolder, writeParquet } from "../support/parquet.ts";
import { runPrep } from "../support/run-prep.ts";
import { paintPicture } from "../support/transform/painted-picture.ts";

let server: ScriptedServer;
let folder: Awaited<ReturnType<typeof makeFolder>>;
let small: Buffer;
/** Outputs from when /busy.jpg answered 500, by format. */
const outputs = new Map<string, string>();

beforeAll(async () => {
  small = await paintPicture(64, 48);
  server = await startScriptedServer({ "/small.jpg": { body: small } });
  folder = await makeFolder();
}, 60_000);

afterAll(async () => {
  await server.close();
  await folder.remove();
});

beforeEach(() => server.route("/busy.jpg", { status: 500 }));

const COMMON = ["--allow-private-network", "--retries", "0", "--quiet"];

async function outputOf(format: string): Promise<string> {
  const known = outputs.get(format);
  if (known !== undefined) return known;
  const list = ["/small.jpg", "/busy.jpg", "/gone.jpg", "/small.jpg"].map((path) => `'${server.url(path)}'`).join(", ");
  const metadata = await writeParquet(
    join(folder.path, `${format}.parquet`),
    `SELECT [${list}][1 + i % 4] || '?' || i AS url, 'caption ' || i AS caption, i AS number FROM range(30) r(i)`,
  );
  const output = join(folder.path, format);
  const shape = ["--output-format", format, "--caption-col", "caption", "--save-additional-columns", "number"];
  const result = await runPrep(["download", metadata, "--output", output, ...shape, "--number-sample-per-shard", "10", ...COMMON]);
  expect(result.code).toBe(0);
  outputs.set(format, output);
  return output;
}

/** A copy of an output, to be changed. */
async function withCopy(format: string, work: (output: string) => Promise<void>): Promise<void> {
  const whole = await outputOf(format);
  await withFolder(async (one) => {
    await cp(whole, join(one, "out"), { recursive: true });
    await work(join(one, "out"));
  });
}

describe("prep retry", () => {
  it("refuses a folder that is not an output and one that does not exist, and touches neither", () =>
    withFolder(async (folder) => {
      await writeFile(join(folder, "notes.txt"), "mine");
      for (const path of [folder, join(folder, "nowhere"), join(folder, "notes.txt")]) {
        const result = await runPrep(["retry", path]);
        expect(result).toMatchObject({
          code: 5,
          stderr: expect.stringContaining(`${path} is not an output of prep or img2dataset`) as unknown,
        });
      }
      expect(await readdir(folder)).toEqual(["notes.txt"]);
    }));

  it("names the shards of img2dataset that it leaves alone because their record cannot be read", () =>
    withFolder(async (folder) => {
      await writeFile(join(folder, "00001_stats.json"), "{ torn");
      const { code, stderr } = await runPrep(["retry", folder]);
      expect(code).toBe(0);
      expect(stderr).toMatch(/the record of the shard 00001 cannot be read, so its failures are not retried; prep verify .* --repair/);
    }));

  it.each(["webdataset", "tfrecord", "parquet"])(
    "asks again only for what may pass, and puts it beside what was there, in %s",
    (format) =>
      withCopy(format, async (output) => {
        const before = new Map((await loadedSamples(output)).map((sample) => [sample.key, sample]));
        server.route("/busy.jpg", { body: small });
        const requests = { small: server.requests("/small.jpg"), gone: server.requests("/gone.jpg"), busy: server.requests("/busy.jpg") };
        const result = await runPrep(["retry", output, ...COMMON]);
        expect(result.stderr).toBe("");
        expect(result.code).toBe(0);
        expect(result.stdout).toMatch(/packed +15 -> +23\n/);
        expect(server.requests("/small.jpg")).toBe(requests.small);
        expect(server.requests("/gone.jpg")).toBe(requests.gone);
        expect(server.requests("/busy.jpg")).toBe(requests.busy + 8);
        expect(await faultsOf(output, 30)).toEqual([]);
        expect(await verified(output)).toMatchObject({ damage: 0, unfinished: 0, rows: 30 });
        const after = await loadedSamples(output);
        expect(after).toHaveLength(23);
        for (const sample of after) if (before.has(sample.key)) expect(sample).toEqual(before.get(sample.key));
        const rows = await sidecarRows(output);
        expect(rows.map(({ key }) => key)).toEqual([...rows.keys()].map((row) => `0000${Math.floor(row / 10)}${row % 10}`));
        expect(rows[1]).toMatchObject({ outcome: "success", number: 1n });
        const record = JSON.parse(await readFile(join(output, "00001_stats.json"), "utf8")) as object;
        expect(record).toMatchObject({ generation: 1, count: 10, failed_to_resize: 0 });
        const run = JSON.parse(await readFile(join(output, "run.json"), "utf8")) as object;
        expect(run).toMatchObject({ funnel: { packed: 23, rowsKept: 30 } });
      }),
    60_000,
  );

  it("gives the bytes of a run without failures, and leaves shards without failures alone", () =>
    withCopy("webdataset", async (output) => {
      server.route("/busy.jpg", { body: small });
      await runPrep(["retry", output, ...COMMON]);
      const calm = join(folder.path, "calm");
      const shape = ["--output-format", "webdataset", "--caption-col", "caption", "--save-additional-columns", "number"];
      const input = join(folder.path, "webdataset.parquet");
      await runPrep(["download", input, "--output", calm, ...shape, "--number-sample-per-shard", "10", ...COMMON]);
      expect(await tarDigests(output)).toEqual(await tarDigests(calm));
      const again = await runPrep(["retry", calm, "--json", ...COMMON]);
      expect(JSON.parse(again.stdout.trim().split("\n").at(-1) ?? "")).toMatchObject({
        event: "retried",
        shards: 0,
        before: { retryable: 0 },
      });
    }));

  it("may be started twice at once, and again: each generation is made once", () =>
    withCopy("webdataset", async (output) => {
      await Promise.all([1, 2].map(() => runPrep(["retry", output, "--wait", ...COMMON])));
      server.route("/busy.jpg", { body: small });
      const last = await runPrep(["retry", output, ...COMMON]);
      expect(last.stdout).toMatch(/packed +15 -> +23\n/);
      expect(await faultsOf(output, 30)).toEqual([]);
      expect(await verified(output)).toMatchObject({ damage: 0, unfinished: 0 });
    }));

  it("keeps nothing of a damaged shard", () =>
    withCopy("webdataset", async (output) => {
      const tar = await readFile(join(output, "00001.tar"));
      tar[700] = (tar[700] ?? 0) ^ 1;
      await writeFile(join(output, "00001.tar"), tar);
      const result = await runPrep(["retry", output, ...COMMON]);
      expect(result.code).toBe(5);
      expect(result.stderr).toMatch(/the shard 00001 is not as it was recorded.*\nhint: Start prep verify .* --repair first/);
    }));

  it("refuses options that would treat new images differently from old ones", () =>
    withCopy("webdataset", async (output) => {
      const result = await runPrep(["retry", output, "--image-size", "99"]);
      expect(result.code).toBe(2);
      expect(result.stderr).toContain("--image-size is fixed by the run that made this output");
    }));
});

describe("prep verify --repair", () => {
  it("makes the damaged shards again and no others", () =>
    withCopy("webdataset", async (output) => {
      const before = await digests(["00000.tar", "00001.tar", "00002.tar"].map((name) => join(output, name)));
      const tar = await readFile(join(output, "00001.tar"));
      tar[700] = (tar[700] ?? 0) ^ 1;
      await writeFile(join(output, "00001.tar"), tar);
      const requests = server.requests("/gone.jpg");
      const asked = server.requests("/small.jpg");
      const result = await runPrep(["verify", output, "--repair", ...COMMON]);
      expect(result.code).toBe(0);
      expect(await digests(["00000.tar", "00001.tar", "00002.tar"].map((name) => join(output, name)))).toEqual(before);
      // Its rows were whole, so failures were known, and so were all samples except the damaged one.
      expect(server.requests("/small.jpg")).toBe(asked + 1);
      expect(server.requests("/gone.jpg")).toBe(requests);
      expect(await verified(output)).toMatchObject({ damage: 0, unfinished: 0 });
    }));

  it.each(["webdataset", "tfrecord", "files"])(
    "downloads from a shard in %s only samples that cannot be read: all behind a cut",
    (format) =>
      withCopy(format, async (output) => {
        const before = await loadedSamples(output);
        const path = join(output, { webdataset: "00001.tar", tfrecord: "00001.tfrecord", files: "00001" }[format] ?? "");
        if (format === "files") await rm(join(path, "000016.jpg"));
        else await truncate(path, Math.floor((await stat(path)).size / 2));
        const asked = server.requests("/small.jpg");
        expect((await runPrep(["verify", output, "--repair", ...COMMON])).code).toBe(0);
        const again = server.requests("/small.jpg") - asked;
        // Five successes of ten rows.
        expect(again).toBeGreaterThan(0);
        expect(again).toBeLessThan(format === "files" ? 2 : 4);
        expect(await loadedSamples(output)).toEqual(before);
        expect(await verified(output)).toMatchObject({ damage: 0, unfinished: 0 });
      }),
  );

  it("reads on behind a damaged header in the middle of a tar", () =>
    withCopy("webdataset", async (output) => {
      const before = await digests([join(output, "00001.tar")]);
      const tar = await readFile(join(output, "00001.tar"));
      const header = tar.indexOf("000015.json");
      tar[header] = 0x58;
      await writeFile(join(output, "00001.tar"), tar);
      const asked = server.requests("/small.jpg");
      expect((await runPrep(["verify", output, "--repair", ...COMMON])).code).toBe(0);
      expect(server.requests("/small.jpg")).toBe(asked + 1);
      expect(await digests([join(output, "00001.tar")])).toEqual(before);
    }));

  it("downloads nothing for a damaged record whose files are whole", () =>
    withCopy("webdataset", async (output) => {
      const path = join(output, "00002_stats.json");
      const record = await readFile(path, "utf8");
      await writeFile(path, record.replace('"count": 10', '"count": 11'));
      const requests = server.requests();
      expect((await runPrep(["verify", output, "--repair", ...COMMON])).code).toBe(0);
      expect(server.requests()).toBe(requests);
      expect(await verified(output)).toMatchObject({ damage: 0, unfinished: 0, rows: 30 });
    }));

  it("makes a shard again if only its record is left", () =>
    withCopy("webdataset", async (output) => {
      await rm(join(output, "00000.tar"));
      await rm(join(output, "00000.parquet"));
      expect((await runPrep(["verify", output, "--repair", ...COMMON])).code).toBe(0);
      expect(await faultsOf(output, 30)).toEqual([]);
      expect(await readdir(join(output, "_prep", "tmp"))).toEqual([]);
    }));
});
