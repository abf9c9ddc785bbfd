// A download into an output that holds something: it continues, extends or overwrites it.
import { cp, mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { expectRefusal, namesIn } from "../support/cli/refusals.ts";
import { faultsOf, tarDigests } from "../support/output.ts";
import { writeParquet } from "../support/parquet.ts";
import { runPrepHere } from "../support/prep-here.ts";
import { runPrep } from "../support/run-prep.ts";
import { paintPicture } from "../support/transform/painted-picture.ts";
import {
  at,
  download,
  downloadArgs,
  EXTEND,
  OVERWRITE,
  rowsIn,
  rowsOf,
  server,
  serveTwoLists,
  tarsIn,
  writeList,
} from "../support/two-lists.ts";

serveTwoLists();
const runJson = async (output: string) => JSON.parse(await readFile(at(output, "run.json"), "utf8")) as Record<string, unknown>;

describe("--incremental-mode extend", () => {
  it("appends a run with the next shards and keys, records both runs, and each continues with its own command", async () => {
    await download("first", "extended");
    const before = await tarDigests(at("extended"));
    await download("second", "extended", ...EXTEND);
    expect(tarsIn("extended")).toEqual(Array.from({ length: 8 }, (_, shard) => `0000${shard}.tar`));
    expect(await faultsOf(at("extended"), 67)).toEqual([]);
    expect(await rowsIn("extended")).toEqual([...rowsOf("first"), ...rowsOf("second")]);
    expect(await tarDigests(at("extended"))).toMatchObject(before);
    expect(Object.keys(JSON.parse(await readFile(at("extended", "sizes.json"), "utf8")) as object)).toEqual(tarsIn("extended"));
    expect(await runJson("extended")).toMatchObject({
      funnel: { rowsKept: 42, shards: 5, firstShard: 3 },
      runs: [
        { first_shard: 0, shards: 3, rows: 25 },
        { first_shard: 3, shards: 5, rows: 42 },
      ],
    });
    const requests = server.requests();
    expect(await download("first", "extended")).toContain("3 shards were done earlier");
    expect(await download("second", "extended")).toContain("5 shards were done earlier");
    expect(await download("second", "extended", ...EXTEND)).toContain("the output holds this input with these options already");
    expect(server.requests()).toBe(requests);
  });

  it("gives each of two simultaneous starts its own shards", async () => {
    await download("first", "raced");
    await writeList("third", 15);
    await download("second", "raced", ...EXTEND);
    const extend = () => runPrep(downloadArgs("third", "raced", ...EXTEND));
    expect(await Promise.all([extend(), extend()])).toMatchObject([{ code: 0 }, { code: 0 }]);
    expect(await faultsOf(at("raced"), 82)).toEqual([]);
  });

  it("leaves a run alone whose first shard is still open", async () => {
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
    await writeParquet(at("held.parquet"), `SELECT '${server.url("/held.jpg")}?' || i AS url FROM range(10) r(i)`);
    const earlier = runPrep(downloadArgs("held", "begun", ...EXTEND));
    while (waiting.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await expectRefusal(downloadArgs("second", "begun"), { code: 5, says: [/begun holds another download/] });
    await download("second", "begun", ...EXTEND);
    isHeld = false;
    for (const answer of waiting) answer();
    expect(await earlier).toMatchObject({ code: 0 });
    expect(await faultsOf(at("begun"), 52)).toEqual([]);
    expect((await runPrepHere(["verify", at("begun")])).code).toBe(0);
  });

  it("is refused by name for options under which keys would collide", async () => {
    await download("first", "widths");
    const names = namesIn(at("widths"));
    await expectRefusal(downloadArgs("second", "widths", ...EXTEND, "--number-sample-per-shard", "1000"), {
      code: 5,
      says: [/--number-sample-per-shard 1000 needs 3: keys would collide/, "hint: Extend it with --number-sample-per-shard 10"],
    });
    await expectRefusal(downloadArgs("second", "widths", ...EXTEND, "--oom-shard-count", "6"), { code: 5, says: [/--oom-shard-count 6/] });
    expect(namesIn(at("widths"))).toEqual(names);
  });

  it("appends to an output of img2dataset, which incremental refuses, and neither changes its shards", async () => {
    await mkdir(at("peer"));
    await writeFile(at("peer", "00000.tar"), "a tar");
    await writeFile(at("peer", "00000_stats.json"), JSON.stringify({ count: 10, successes: 9 }));
    await expectRefusal(downloadArgs("first", "peer"), {
      code: 5,
      says: [/holds 1 shard that no plan of prep belongs to/, "hint: .*extend"].map((text) => new RegExp(text)),
    });
    expect(namesIn(at("peer"))).toEqual(["00000.tar", "00000_stats.json"]);
    await download("first", "peer", ...EXTEND);
    expect(tarsIn("peer")).toEqual(["00000.tar", "00001.tar", "00002.tar", "00003.tar"]);
    expect(await readFile(at("peer", "00000.tar"), "utf8")).toBe("a tar");
    expect(await download("first", "peer")).toContain("3 shards were done earlier");
    expect(JSON.parse(await readFile(at("peer", "sizes.json"), "utf8"))).toMatchObject({ "00000.tar": 9, "00003.tar": 5 });
  });
});

describe("--incremental-mode incremental", () => {
  it("refuses another run, names the differences from the nearest one, and offers the other modes", async () => {
    await download("first", "strict");
    await download("second", "strict", ...EXTEND);
    await expectRefusal(downloadArgs("second", "strict", "--image-size", "99"), {
      code: 5,
      says: [
        /holds another download:\n {2}--image-size: this output was made with 256; you ask for 99\.\nhint: .*extend appends a run to it, overwrite takes its place/,
      ],
    });
  });
});

describe("--incremental-mode overwrite", () => {
  it("replaces an output, also by the same run, but keeps foreign files", async () => {
    await download("first", "replaced");
    await writeFile(at("replaced", "notes.txt"), "mine");
    expect(await download("second", "replaced", ...OVERWRITE)).toContain("are not prep's and stay");
    expect(await faultsOf(at("replaced"), 42)).toEqual([]);
    expect(await rowsIn("replaced")).toEqual(rowsOf("second"));
    expect(namesIn(at("replaced"))).toContain("notes.txt");
    const requests = server.requests("/a.jpg");
    await download("second", "replaced", ...OVERWRITE);
    expect(server.requests("/a.jpg")).toBe(requests + 42);
    await download("second", "replaced");
    expect(await faultsOf(at("replaced"), 42)).toEqual([]);
  });

  it("keeps everything when the new run cannot start", async () => {
    await download("first", "kept");
    const before = namesIn(at("kept"));
    await expectRefusal(downloadArgs("nowhere", "kept", ...OVERWRITE), { code: 4, says: ["does not exist"] });
    await expectRefusal(downloadArgs("second", "kept", ...OVERWRITE, "--url-col", "link"), { code: 4, says: ['no column "link"'] });
    await expectRefusal(downloadArgs("kept/00000", "kept", ...OVERWRITE), {
      code: 5,
      says: ["is the input, and this run would overwrite it"],
    });
    expect(namesIn(at("kept"))).toEqual(before);
    expect(await faultsOf(at("kept"), 25)).toEqual([]);
  });

  it("refuses a folder that is no output", async () => {
    await mkdir(at("photos", "2024"), { recursive: true });
    await writeFile(at("photos", "run.json"), "{}");
    await expectRefusal(downloadArgs("first", "photos", ...OVERWRITE), {
      code: 5,
      says: [/is not an output of prep or img2dataset.*it holds 2024, run\.json/],
    });
    expect(namesIn(at("photos"))).toEqual(["2024", "run.json"]);
  });

  it("is completed by the next start when it was killed during the removal", async () => {
    await download("second", "plan-of");
    await download("first", "half");
    // The state after such a kill: the decision is on disk, one record is gone, the shards still exist.
    await rename(at("half", "00000_stats.json"), at("gone"));
    await cp(at("plan-of", "_prep", "plan.json"), at("half", "_prep", "overwrite.another.1.abc", "plan.json"));
    await download("second", "half");
    expect(await faultsOf(at("half"), 42)).toEqual([]);
    expect(await rowsIn("half")).toEqual(rowsOf("second"));
    expect((await readdir(at("half", "_prep"))).filter((name) => name.startsWith("overw"))).toEqual([]);
  });

  it("is refused while another start is at work", async () => {
    await download("first", "busy");
    await mkdir(at("busy", "_prep", "tmp", "00001.another-machine.0123456789ab.0123456789ab.0123456789ab"), { recursive: true });
    await expectRefusal(downloadArgs("second", "busy", ...OVERWRITE), {
      code: 5,
      says: [/another start is at work on .*busy/, "hint: Stop it first"],
    });
    expect(tarsIn("busy")).toHaveLength(3);
  });

  it("keeps the partitions that it reads", async () => {
    const metadata = await writeParquet(at("meta", "m.parquet"), `SELECT url, 'c' AS caption FROM '${at("first.parquet")}'`);
    expect((await runPrepHere(["filter", "all", "--metadata", metadata, "--output", at("own"), "--partitions", "2", "--quiet"])).code).toBe(
      0,
    );
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
    expect((await runPrepHere(words)).code).toBe(0);
    expect((await runPrepHere([...words, "--image-size", "99"])).code).toBe(5);
    expect((await runPrepHere([...words, "--image-size", "99", ...OVERWRITE])).code).toBe(0);
    expect(await faultsOf(at("own"), 25)).toEqual([]);
  });
});
