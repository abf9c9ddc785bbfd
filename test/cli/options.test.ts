// Verbs and options: what the command line takes and refuses, before any work.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { VERBS } from "../../src/cli/verbs.ts";
import { EVERY_VERB } from "../../src/job/options/spec.ts";
import { OPTIONS } from "../../src/job/options/table.ts";
import { expectRefusal, makeFolder, namesIn } from "../support/cli/refusals.ts";
import { writeParquet } from "../support/parquet.ts";
import { runPrepHere } from "../support/prep-here.ts";

let folder: { path: string; remove: () => Promise<void> };

beforeAll(async () => {
  folder = await makeFolder();
  await writeParquet(join(folder.path, "meta.parquet"), "SELECT 'ftp://a.test/' || i AS url, i AS a, -i AS b FROM range(3) r(i)");
});

afterAll(() => folder.remove());

const refuse = (args: string, ...says: (string | RegExp)[]) =>
  expectRefusal(args.split(" "), { code: 2, says, output: join(folder.path, "out") }, { cwd: folder.path });
const JOB = "all --metadata meta.parquet --output out";

describe("an option", () => {
  it("that is missing is asked for", async () => {
    await refuse("all --output out", "no metadata was named", "hint: Name a folder, a glob or a parquet file");
    await refuse("all --metadata meta.parquet", "no output was named", "hint: Add --output FOLDER");
    await refuse("download meta.parquet --output_folder=", "no output was named", "hint: Add --output FOLDER");
    await refuse("all --metadata= --output out", "--metadata is an empty path", "hint: Name a file or a folder");
    await refuse("download --url_list= --output out", "the input is an empty path", "hint: Name a file or a folder");
  });

  it("that names a path may use a tilde for the home folder, and file:// for a local path", async () => {
    const run = (words: string[], env = {}) =>
      runPrepHere([...words, "--quiet"], { cwd: folder.path, env: { HOME: join(folder.path, "home"), ...env } });
    await writeParquet(join(folder.path, "home", "list.parquet"), "SELECT 'ftp://a.test/' AS url");
    expect(await run(["download", "--url_list=~/list.parquet", "--output_folder=~/out"])).toMatchObject({
      code: 0,
      stdout: `${join(folder.path, "home", "out")}\n`,
    });
    const query = ["SELECT m.url FROM metadata m JOIN t USING (url)", "--table=t=~/list.parquet", "--temp-directory=~"];
    expect(await run(["filter", ...query, "--metadata=~/*.parquet"], { PREP_OUTPUT: `file://${folder.path}/home/rows` })).toMatchObject({
      code: 0,
      stdout: `${join(folder.path, "home", "rows", "partitions")}\n`,
    });
    // A file name that begins with a tilde: DuckDB would read it as the home folder.
    expect((await run(["download", `file://localhost${join(folder.path, "meta.parquet")}`, "--output=~tilde"])).code).toBe(0);
    expect(namesIn(join(folder.path, "~tilde"))).toContain("run.json");
    expect(namesIn(folder.path)).not.toContain("~");
  });

  it.each([
    ["--image-sise 3", /unknown option '--image-sise'\n\(Did you mean --image-size\?\)/],
    ["--image_sise=3", /unknown option '--image-sise=3'\n\(Did you mean --image-size\?\)/],
    ["--resize_only_if_biger True", /unknown option '--resize-only-if-biger'\n\(Did you mean --resize-only-if-bigger\?\)/],
    ["--qqqqqq", "unknown option '--qqqqqq'"],
    ["--image-size", "'--image-size <n>' argument missing"],
    ["--limit -5", "'--limit <n>' argument '-5' is invalid. It takes 1 or more"],
    ["--image-size 0", "'--image-size <n>' argument '0' is invalid. It takes 1 to 65500"],
    ["--resize-mode foo", "argument 'foo' is invalid. Allowed choices are no, border, keep_ratio, keep_ratio_largest, center_crop"],
    ["--encode-format png --encode-quality 50", /--encode-quality 50 is impossible for png\nhint: .* 0 to 9/],
    ["--partitions -1", "'--partitions <n>' argument '-1' is invalid. It takes 1 to"],
    ["--partitions 0x10", "argument '0x10' is invalid. It takes a whole number"],
    ["--partitions 1_", "argument '1_' is invalid. It takes a whole number"],
    ["--partitions 1__0", "argument '1__0' is invalid. It takes a whole number"],
    ["--sample 0b1", "argument '0b1' is invalid. It takes a number"],
    ["--memory-limit lots", "'--memory-limit <size>' argument 'lots' is invalid. Write a number and a unit"],
    ["--memory-limit 1MB", "'--memory-limit <size>' argument '1MB' is invalid. It takes at least 32.0 MB"],
    ["--dns-server localhost", /--dns-server localhost is not address:port\nhint: .*127\.0\.0\.1:53/],
    ["--table safety", /--table safety is not name=glob\nhint: Write --table/],
    ["--set side=3", /--set side: the query reads no such variable\nhint: It reads no variable/],
    ["--set side", /--set side: expected name=value\nhint: /],
  ])("with a wrong value or name is refused by name: %s", async (words, says) => {
    await refuse(`${JOB} ${words}`, "error: ", says);
  });

  it("of img2dataset is taken in img2dataset's spelling", async () => {
    const words = [
      "--number_sample_per_shard=10_000",
      "--max_image_area=1e4",
      "--image_size=512",
      "--resize_only_if_bigger",
      "True",
      "--extract_exif=False",
      "--save_additional_columns",
      '["a","b"]',
    ];
    const result = await runPrepHere(["download", "meta.parquet", "--output", "spelled", "--quiet", ...words], { cwd: folder.path });
    expect(result.code).toBe(0);
    const plan = JSON.parse(await readFile(join(folder.path, "spelled", "_prep", "plan.json"), "utf8")) as { identity: object };
    expect(plan.identity).toMatchObject({
      samplesPerShard: 10_000,
      maxImageArea: 10_000,
      imageSize: 512,
      resizeOnlyIfBigger: true,
      extractExif: false,
      additionalColumns: ["a", "b"],
    });
  });
});

describe("the table of options", () => {
  it("names only verbs that exist, and gives each verb an option once", () => {
    const verbs = VERBS.filter(({ load }) => load !== undefined).map(({ name }) => name);
    for (const { name, verbs: takers } of OPTIONS) {
      if (takers === EVERY_VERB) continue;
      expect([name, takers.filter((verb) => !verbs.includes(verb))]).toEqual([name, []]);
      expect([name, new Set(takers).size]).toEqual([name, takers.length]);
    }
    expect(new Set(OPTIONS.map(({ name }) => name)).size).toBe(OPTIONS.length);
  });

  it("has a default only for verbs that take the option", () => {
    for (const { name, verbs, default: value } of OPTIONS) {
      if (typeof value !== "object" || Array.isArray(value)) continue;
      expect([name, Object.keys(value).filter((verb) => !verbs.includes(verb))]).toEqual([name, []]);
    }
  });
});

describe("an option of another verb", () => {
  it("is refused as fixed if it shapes the output that the verb works on", async () => {
    for (const words of ["continue out --image-size 512", "retry out --output-format=files", "verify out --no-shuffle"])
      await refuse(
        words,
        / is fixed by the run that made the output; prep \w+ cannot change it\nhint: Leave it out, or start a new output/,
      );
  });

  it("is refused with the verbs that take it", async () => {
    await refuse("status out --timeout 3", /prep status has no option --timeout\nhint: Leave it out\./);
    await refuse("clean out --explain", /prep clean has no option --explain\nhint: .*prep run, prep filter\./);
  });

  it("is unknown if only programs use it", async () => {
    await refuse("run all --index 3", "unknown option '--index'");
  });

  it("does not keep the help from being shown", async () => {
    const { code, stdout } = await runPrepHere(["verify", "--help", "--image-size", "3"], { cwd: folder.path });
    expect(code).toBe(0);
    expect(stdout).toContain("prep verify [options] <output>");
  });
});

describe("a verb", () => {
  it("that is reserved for later is refused", async () => {
    const reserved = VERBS.filter(({ load }) => load === undefined).map(({ name }) => name);
    expect(reserved.length).toBeGreaterThan(10);
    for (const verb of reserved) await refuse(`${verb} out --deep`, `error: "${verb}" is a verb that this version does not have yet`);
  });

  it("planned for later is reserved, and other words are free for queries", async () => {
    const verbs = VERBS.map(({ name }) => name);
    for (const verb of ["continue", "submit", "index", "rights", "recheck", "completion"]) expect(verbs).toContain(verb);
    for (const word of ["merge", "diff", "remove"])
      await refuse(`${word} --metadata meta.parquet --output out`, `no query or verb is called ${word}`);
  });

  it("that is mistyped gets a suggestion, before any missing option is reported", async () => {
    await refuse("sehll", "no query or verb is called sehll\nhint: Did you mean the verb shell?");
    await refuse("filter high-resolutoin", "called high-resolutoin\nhint: Did you mean the query high-resolution?");
  });

  it("that lists queries prints a line for each, and everything about a named one", async () => {
    const list = await runPrepHere(["queries"], { cwd: folder.path });
    const shipped = (await readdir(join(import.meta.dirname, "..", "..", "queries"))).map((name) => name.replace(/\.sql$/, ""));
    const lines = list.stdout.trimEnd().split("\n");
    expect(lines.slice(0, -2).map((line) => line.split(" ", 1)[0])).toEqual(shipped.sort());
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    expect(lines.at(-1)).toContain("prep queries NAME");
    const one = await runPrepHere(["queries", "high-resolution"], { cwd: folder.path });
    expect(one.stdout).toMatch(/^high-resolution {2}\(.*\)\n[\s\S]*--set min_size/);
    for (const line of one.stdout.split("\n").slice(1)) expect(line.length).toBeLessThanOrEqual(80);
    expect((await runPrepHere(["queries", "--json"], { cwd: folder.path })).stdout.trimEnd().split("\n")).toHaveLength(shipped.length);
  });

  it("is needed: without one prep prints the help", async () => {
    await expectRefusal([], { code: 2, says: [/^Usage: prep <query>/, "Commands:", "Examples:"] });
  });

  it("lists its options in groups", async () => {
    const { code, stdout, stderr } = await runPrepHere(["run", "--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const groups = ["Input:", "Query:", "Shuffle:", "Output:", "Images:", "Download:", "Machine:", "Terminal:"];
    expect([...stdout.matchAll(/^[A-Z]\w+:$/gm)].map(([name]) => name).filter((name) => groups.includes(name))).toEqual(groups);
    expect(stdout).toContain("--image-size <n>");
  });
});
