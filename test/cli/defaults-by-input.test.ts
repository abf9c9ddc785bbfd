// Defaults of `prep download`: for partitions those of `prep run`, for lists img2dataset's.
import { copyFile, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeFolder } from "../support/cli/refusals.ts";
import { type ScriptedServer, startScriptedServer } from "../support/fetch/scripted-server.ts";
import { query } from "../support/output.ts";
import { writeParquet } from "../support/parquet.ts";
import { runPrepHere } from "../support/prep-here.ts";
import { paintPicture } from "../support/transform/painted-picture.ts";

let folder: Awaited<ReturnType<typeof makeFolder>>;
let server: ScriptedServer;
let list: string;
const at = (...names: string[]) => join(folder.path, ...names);

beforeAll(async () => {
  folder = await makeFolder();
  server = await startScriptedServer({ "/a.jpg": { body: await paintPicture(500, 400) } });
  list = await writeParquet(
    at("list.parquet"),
    `SELECT '${server.url("/a.jpg")}?' || i AS url, 'c' || i AS TEXT, i AS hash FROM range(4) r(i)`,
  );
  expect(
    await runPrepHere([
      "filter",
      "SELECT url, caption, hash, 'other' AS other FROM metadata",
      "--metadata",
      list,
      "--output",
      at("chosen"),
      "--quiet",
    ]),
  ).toMatchObject({ code: 0 });
});

afterAll(async () => {
  await server.close();
  await folder.remove();
});

/** Downloads into a new output. Returns its file names, the first row of its sidecar, and the notices. */
async function download(name: string, ...args: string[]) {
  const result = await runPrepHere(["download", ...args, "--output", at(name), "--allow-private-network"]);
  expect(result, result.stderr).toMatchObject({ code: 0 });
  const shards = (await readdir(at(name))).filter((file) => /^0+(\.tar)?$/.test(file));
  const [row] = await query(`SELECT * FROM '${at(name, "00000.parquet")}' ORDER BY key LIMIT 1`);
  const notices = result.stderr
    .replaceAll(/\n +/g, " ")
    .split("\n")
    .filter((line) => /defaults|is not stored|taken as a list/.test(line));
  return { shards, row, notices };
}

const RUN = "the inputs are partitions of prep, so the defaults of prep run apply:";
const LIST = "the input is a list, so img2dataset's defaults apply:";

describe("partitions of prep", () => {
  it.each([
    ["in a folder elsewhere", () => at("chosen", "partitions"), "elsewhere"],
    ["as a file", () => at("chosen", "partitions", "part-00000.parquet"), "single"],
    ["in the output of their selection", () => at("chosen", "partitions"), "chosen"],
  ])("get the defaults of prep run: %s", async (_, input, output) => {
    const { shards, row, notices } = await download(output, input());
    expect(shards).toEqual(["00000.tar"]);
    expect(row).toMatchObject({ width: 480, height: 384, other: "other", caption: expect.stringMatching(/^c\d$/) });
    expect(notices).toEqual([expect.stringContaining(RUN)]);
    expect(notices[0]).toContain("--output-format webdataset");
    expect(notices[0]).toContain("--image-size 384");
  });

  it("keep the options that the user gives", async () => {
    const named = ["--image-size", "256", "--output-format", "files", "--caption-col", "other", "--save-additional-columns", "[]"];
    const { shards, row, notices } = await download("named", at("chosen", "partitions"), ...named);
    expect(shards).toEqual(["00000"]);
    expect(row).toMatchObject({ width: 320, height: 256, caption: "other" });
    expect(Object.keys(row ?? {})).not.toContain("hash");
    expect(notices).toHaveLength(1);
    expect(notices[0]).not.toMatch(/image-size|output-format|save-additional-columns/);
  });
});

describe("a list", () => {
  it("gets img2dataset's defaults, and a notice names the caption column that is not stored", async () => {
    const { shards, row, notices } = await download("list", list);
    expect(shards).toEqual(["00000"]);
    expect(row).toMatchObject({ width: 256, height: 256 });
    expect(Object.keys(row ?? {})).not.toContain("caption");
    expect(notices).toEqual([expect.stringContaining(LIST), expect.stringContaining("the column TEXT is not stored: --caption-col TEXT")]);
    expect(notices[0]).toContain("--image-size 256");
  });

  it("gets no such notice if its captions are stored", async () => {
    expect((await download("captions", list, "--caption-col", "TEXT")).notices).toEqual([expect.stringContaining(LIST)]);
  });

  it("is assumed, with a notice, if only some of the files are partitions", async () => {
    await mkdir(at("mixed"));
    await copyFile(at("chosen", "partitions", "part-00000.parquet"), at("mixed", "a.parquet"));
    await writeParquet(at("mixed", "b.parquet"), `SELECT '${server.url("/a.jpg")}' AS url, 'c' AS caption, 1 AS hash, 'o' AS other`);
    const { row, notices } = await download("of-mixed", at("mixed"));
    expect(row).toMatchObject({ width: 256, height: 256 });
    expect(notices).toContainEqual(expect.stringContaining("1 of 2 files are partitions of prep"));
    expect(notices).toContainEqual(expect.stringContaining(LIST));
  });
});
