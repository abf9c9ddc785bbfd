// What a download does to an output that holds something: going on, appending a run, taking its place.
import { cp, mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectRefusal, makeFolder, namesIn } from "../support/cli/refusals.ts";
import { type ScriptedServer, startScriptedServer } from "../support/fetch/scripted-server.ts";
import { faultsOf, sidecarRows, tarDigests } from "../support/output.ts";
import { writeParquet } from "../support/parquet.ts";
import { runPrep } from "../support/run-prep.ts";
import { paintPicture } from "../support/transform/painted-picture.ts";

let folder: Awaited<ReturnType<typeof makeFolder>>;
let server: ScriptedServer;
let first: string;
let second: string;
const at = (...names: string[]) => join(folder.path, ...names);

beforeAll(async () => {
  folder = await makeFolder();
  server = await startScriptedServer({ "/a.jpg": { body: await paintPicture(40, 30) } });
  const list = (name: string, rows: number) =>
    writeParquet(at(`${name}.parquet`), `SELECT '${server.url("/a.jpg")}?${name}' || i AS url FROM range(${rows}) r(i)`);
  first = await list("first", 25);
  second = await list("second", 42);
});

afterAll(async () => {
  await server.close();
  await folder.remove();
});

function args(list: string, output: string, ...more: string[]): string[] {
  const options = ["--output-format", "webdataset", "--number-sample-per-shard", "10", "--resize-mode", "no", "--allow-private-network"];
  return ["download", list, "--output", at(output), ...options, ...more];
}
const EXTEND = ["--incremental_mode", "extend"];
const OVERWRITE = ["--incremental-mode=overwrite"];

async function done(list: string, output: string, ...more: string[]): Promise<string> {
  const { code, stderr } = await runPrep(args(list, output, ...more));
  expect(code === 0 ? "" : stderr).toBe("");
  return stderr;
}

const urlsOf = async (output: string) => (await sidecarRows(at(output))).map(({ url }) => String(url).replace(/.*\?/, ""));
const urls = (name: string, rows: number) => Array.from({ length: rows }, (_, row) => `${name}${row}`);
const shards = (output: string) => namesIn(at(output)).filter((name) => /^\d+\.tar$/.test(name));
const runJson = async (output: string) => JSON.parse(await readFile(at(output, "run.json"), "utf8")) as Record<string, unknown>;

describe("extend", () => {
  it("appends a run whose shards and keys go on after the highest; both runs are named, and each goes on by its own command", async () => {
    await done(first, "extended");
    const before = await tarDigests(at("extended"));
    await done(second, "extended", ...EXTEND);
    expect(shards("extended")).toEqual(Array.from({ length: 8 }, (_, shard) => `0000${shard}.tar`));
    expect(await faultsOf(at("extended"), 67)).toEqual([]);
    expect(await urlsOf("extended")).toEqual([...urls("first", 25), ...urls("second", 42)]);
    expect(await tarDigests(at("extended"))).toMatchObject(before);
    expect(Object.keys(JSON.parse(await readFile(at("extended", "sizes.json"), "utf8")) as object)).toEqual(shards("extended"));
    expect(await runJson("extended")).toMatchObject({
      funnel: { rowsKept: 42, shards: 5, firstShard: 3 },
      runs: [
        { first_shard: 0, shards: 3, rows: 25 },
        { first_shard: 3, shards: 5, rows: 42 },
      ],
    });
    const requests = server.requests();
    expect(await done(first, "extended")).toContain("3 shards were done earlier");
    expect(await done(second, "extended")).toContain("5 shards were done earlier");
    expect(await done(second, "extended", ...EXTEND)).toContain("the output holds this input with these options already");
    expect(server.requests()).toBe(requests);
  });

  it("gives two starts at once shards of their own", async () => {
    await done(first, "raced");
    const third = await writeParquet(at("third.parquet"), `SELECT '${server.url("/a.jpg")}?third' || i AS url FROM range(15) r(i)`);
    await done(second, "raced", ...EXTEND);
    await Promise.all([done(third, "raced", ...EXTEND), done(third, "raced", ...EXTEND)]);
    expect(await faultsOf(at("raced"), 82)).toEqual([]);
  });

  it("takes the place of no run whose first shard is still in work", async () => {
    const picture = await paintPicture(40, 30);
    const waiting: (() => void)[] = [];
    let isHeld = true;
    server.route("/held.jpg", () => ({
      raw: (socket) => {
        const answer = () =>
          socket.end(Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${picture.length}\r\n\r\n`), picture]));
        if (isHeld) waiting.push(answer);
        else answer();
      },
    }));
    const held = await writeParquet(at("held.parquet"), `SELECT '${server.url("/held.jpg")}?' || i AS url FROM range(10) r(i)`);
    const earlier = done(held, "begun", ...EXTEND);
    while (waiting.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await expectRefusal(args(second, "begun"), { code: 5, says: [/begun holds another download/] });
    await done(second, "begun", ...EXTEND);
    isHeld = false;
    for (const answer of waiting) answer();
    await earlier;
    expect(await faultsOf(at("begun"), 52)).toEqual([]);
    expect((await runPrep(["verify", at("begun")])).code).toBe(0);
  });

  it("with a shard size or number width under which keys would collide is refused by the option", async () => {
    await done(first, "widths");
    const names = namesIn(at("widths"));
    await expectRefusal(args(second, "widths", ...EXTEND, "--number-sample-per-shard", "1000"), {
      code: 5,
      says: [/--number-sample-per-shard 1000 needs 3: keys would collide/, "hint: Extend it with --number-sample-per-shard 10"],
    });
    await expectRefusal(args(second, "widths", ...EXTEND, "--oom-shard-count", "6"), { code: 5, says: [/--oom-shard-count 6/] });
    expect(namesIn(at("widths"))).toEqual(names);
  });

  it("appends to an output of img2dataset, which incremental refuses; neither touches its shards", async () => {
    await mkdir(at("peer"));
    await writeFile(at("peer", "00000.tar"), "a tar");
    await writeFile(at("peer", "00000_stats.json"), JSON.stringify({ count: 10, successes: 9 }));
    await expectRefusal(args(first, "peer"), {
      code: 5,
      says: [/holds 1 shard that no plan of prep belongs to/, "hint: .*extend"].map((text) => new RegExp(text)),
    });
    expect(namesIn(at("peer"))).toEqual(["00000.tar", "00000_stats.json"]);
    await done(first, "peer", ...EXTEND);
    expect(shards("peer")).toEqual(["00000.tar", "00001.tar", "00002.tar", "00003.tar"]);
    expect(await readFile(at("peer", "00000.tar"), "utf8")).toBe("a tar");
    expect(await done(first, "peer")).toContain("3 shards were done earlier");
    expect(JSON.parse(await readFile(at("peer", "sizes.json"), "utf8"))).toMatchObject({ "00000.tar": 9, "00003.tar": 5 });
  });
});

describe("incremental", () => {
  it("refuses another run, names what differs from the nearest one, and offers the other modes", async () => {
    await done(first, "strict");
    await done(second, "strict", ...EXTEND);
    await expectRefusal(args(second, "strict", "--image-size", "99"), {
      code: 5,
      says: [
        /holds another download:\n {2}--image-size: this output was made with 256; you ask for 99\.\nhint: .*extend appends a run to it, overwrite takes its place/,
      ],
    });
  });
});

describe("overwrite", () => {
  it("takes the place of an output, and of the same run once that is done", async () => {
    await done(first, "replaced");
    await writeFile(at("replaced", "notes.txt"), "mine");
    expect(await done(second, "replaced", ...OVERWRITE)).toContain("left alone in");
    expect(await faultsOf(at("replaced"), 42)).toEqual([]);
    expect(await urlsOf("replaced")).toEqual(urls("second", 42));
    expect(namesIn(at("replaced"))).toContain("notes.txt");
    const requests = server.requests("/a.jpg");
    await done(second, "replaced", ...OVERWRITE);
    expect(server.requests("/a.jpg")).toBe(requests + 42);
    await done(second, "replaced");
    expect(await faultsOf(at("replaced"), 42)).toEqual([]);
  });

  it("leaves everything where the new run cannot start", async () => {
    await done(first, "kept");
    const before = namesIn(at("kept"));
    await expectRefusal(args(at("nowhere.parquet"), "kept", ...OVERWRITE), { code: 4, says: ["does not exist"] });
    await expectRefusal(args(second, "kept", ...OVERWRITE, "--url-col", "link"), { code: 4, says: ['no column "link"'] });
    await expectRefusal(args(at("kept", "00000.parquet"), "kept", ...OVERWRITE), {
      code: 5,
      says: ["is the input and would be overwritten"],
    });
    expect(namesIn(at("kept"))).toEqual(before);
    expect(await faultsOf(at("kept"), 25)).toEqual([]);
  });

  it("refuses a folder that is no output", async () => {
    await mkdir(at("photos", "2024"), { recursive: true });
    await writeFile(at("photos", "run.json"), "{}");
    await expectRefusal(args(first, "photos", ...OVERWRITE), {
      code: 5,
      says: [/is no output of prep or img2dataset.*it holds 2024, run\.json/],
    });
    expect(namesIn(at("photos"))).toEqual(["2024", "run.json"]);
  });

  it("that was cut short in the middle of the removal is ended by whoever starts next", async () => {
    await done(second, "plan-of");
    await done(first, "half");
    // As a kill leaves it: the decision is on the disk, the records are gone, the shards are still there.
    await rename(at("half", "00000_stats.json"), at("gone"));
    await cp(at("plan-of", "_prep", "plan.json"), at("half", "_prep", "overwrite.another.1.abc", "plan.json"));
    await done(second, "half");
    expect(await faultsOf(at("half"), 42)).toEqual([]);
    expect(await urlsOf("half")).toEqual(urls("second", 42));
    expect((await readdir(at("half", "_prep"))).filter((name) => name.startsWith("overw"))).toEqual([]);
  });

  it("waits for no other start that is still at work, and refuses", async () => {
    await done(first, "busy");
    await mkdir(at("busy", "_prep", "tmp", "00001.another-machine.0123456789ab.0123456789ab.0123456789ab"), { recursive: true });
    await expectRefusal(args(second, "busy", ...OVERWRITE), {
      code: 5,
      says: [/another start is at work on .*busy/, "hint: Stop it first"],
    });
    expect(shards("busy")).toHaveLength(3);
  });

  it("keeps the partitions that it reads", async () => {
    const metadata = await writeParquet(at("meta", "m.parquet"), `SELECT url, 'c' AS caption FROM '${first}'`);
    expect((await runPrep(["filter", "all", "--metadata", metadata, "--output", at("own"), "--partitions", "2", "--quiet"])).code).toBe(0);
    const words = [
      "download",
      at("own", "partitions"),
      "--output",
      at("own"),
      "--allow-private-network",
      "--number-sample-per-shard",
      "10",
      "--quiet",
    ];
    expect((await runPrep(words)).code).toBe(0);
    expect((await runPrep([...words, "--image-size", "99"])).code).toBe(5);
    expect((await runPrep([...words, "--image-size", "99", ...OVERWRITE])).code).toBe(0);
    expect(await faultsOf(at("own"), 25)).toEqual([]);
  });
});
