// Refusals of selections that would overwrite their input or foreign files.
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectRefusal, namesIn } from "../../support/cli/refusals.ts";
import { withFolder, writeParquet } from "../../support/parquet.ts";
import { runPrepHere } from "../../support/prep-here.ts";
import { removeFolder } from "../../support/remove-folder.ts";

const ROWS = "SELECT 'http://127.0.0.1:9/' || i || '.jpg' AS url, 'a caption' AS caption FROM range(40) r(i)";
const QUERY = "SELECT url FROM metadata";

const filter = (metadata: string, output: string, ...more: string[]) => [
  "filter",
  QUERY,
  "--metadata",
  metadata,
  "--output",
  output,
  "--partitions",
  "2",
  "--quiet",
  ...more,
];

async function selected(metadata: string, output: string): Promise<void> {
  const { code, stderr } = await runPrepHere(filter(metadata, output));
  expect(code === 0 ? "" : stderr).toBe("");
}

/** Expects a refusal with these words, and an unchanged output. */
async function refused(args: readonly string[], output: string, says: RegExp, code = 5): Promise<void> {
  const before = namesIn(output);
  await expectRefusal(args, { code, says: [says] });
  expect(namesIn(output)).toEqual(before);
}

describe("an input under a name of its output's own files", () => {
  it("is refused whatever path leads to it, and stays", () =>
    withFolder(async (folder) => {
      const output = join(folder, "o");
      const file = await writeParquet(join(output, "partitions", "m.parquet"), ROWS);
      await writeFile(join(output, "partitions", "notes.txt"), "mine");
      const before = await readFile(file);
      await symlink(output, join(folder, "linked"));
      await symlink(file, join(folder, "link.parquet"));
      await symlink(join(output, "partitions"), join(folder, "folder-link"));
      const other = await writeParquet(join(folder, "m.parquet"), ROWS);
      const says =
        /partitions\/m\.parquet is the input, and this run would overwrite it\nhint: Copy it elsewhere, or name another --output/;
      for (const metadata of [
        join(output, "partitions"),
        file,
        `${output}/partitions/*.parquet`,
        `${output}/../o/partitions`,
        join(folder, "linked", "partitions"),
        join(folder, "link.parquet"),
        join(folder, "folder-link"),
      ])
        await refused(filter(metadata, output), output, says);
      await refused(filter(file, join(folder, "linked")), output, says);
      await refused(filter(other, output, "--table", `t=${file}`), output, says);
      await refused(["run", ...filter(file, output).slice(1)], output, says);
      expect(await readFile(file)).toEqual(before);
      expect(namesIn(join(output, "partitions"))).toEqual(["m.parquet", "notes.txt"]);
    }));

  it("is refused as a query, and as a block list", () =>
    withFolder(async (folder) => {
      const output = join(folder, "o");
      const metadata = await writeParquet(join(folder, "m.parquet"), ROWS);
      await mkdir(join(output, "_prep", "tmp"), { recursive: true });
      await writeFile(join(output, "_prep", "plan.sql"), QUERY);
      const query = ["filter", join(output, "_prep", "plan.sql"), "--metadata", metadata, "--output", output];
      await refused(query, output, /_prep\/plan\.sql is the input, and this run would overwrite it/);
      await rm(output, { recursive: true });
      await mkdir(output);
      await writeFile(join(output, "00000"), "example.com\n");
      const list = ["--block-list", join(output, "00000")];
      await refused(["download", metadata, "--output", output, ...list], output, /00000 is the input, and this run would overwrite it/);
      await refused(["run", ...filter(metadata, output).slice(1), ...list], output, /holds 00000, which no plan of prep names/);
      expect(await readFile(join(output, "00000"), "utf8")).toBe("example.com\n");
    }));

  it("is accepted beside them", () =>
    withFolder(async (folder) => {
      const output = join(folder, "o");
      const metadata = await writeParquet(join(output, "metadata", "m.parquet"), ROWS);
      const table = await writeParquet(join(output, "00000.parquet"), ROWS);
      await writeFile(join(output, "mine.sql"), "SELECT url FROM metadata SEMI JOIN t USING (url)");
      const { code } = await runPrepHere([
        "filter",
        join(output, "mine.sql"),
        ...filter(metadata, output, "--table", `t=${table}`).slice(2),
      ]);
      expect(code).toBe(0);
      expect(namesIn(output)).toEqual(["00000.parquet", "metadata", "mine.sql", "partitions", "selection.json"]);
    }));
});

describe("a foreign file under a name of the selection", () => {
  let made: string;
  beforeAll(async () => {
    made = await mkdtemp(join(tmpdir(), "prep-foreign-"));
    await selected(await writeParquet(join(made, "m.parquet"), ROWS), join(made, "o"));
    await rm(join(made, "o", "selection.json"));
  });
  afterAll(() => removeFolder(made));

  it.each<[string, (output: string) => Promise<unknown>, RegExp]>([
    [
      "a file among partitions of ours",
      (o) => writeFile(join(o, "partitions", "notes.txt"), "mine"),
      /holds notes\.txt, which prep did not/,
    ],
    [
      "parquet of another maker",
      (o) => writeParquet(join(o, "partitions", "part-00009.parquet"), ROWS),
      /part-00009\.parquet, which has no mark/,
    ],
    [
      "a partition that is none",
      (o) => writeFile(join(o, "partitions", "part-00009.parquet"), "PAR1"),
      /part-00009\.parquet, which cannot be read/,
    ],
    ["a folder among them", (o) => mkdir(join(o, "partitions", "part-00009.parquet")), /holds part-00009\.parquet, which prep did not/],
    [
      "a link among them",
      (o) => symlink("part-00000.parquet", join(o, "partitions", "part-00009.parquet")),
      /holds part-00009\.parquet, which/,
    ],
    [
      "a link to a folder",
      (o) => rm(join(o, "partitions"), { recursive: true }).then(() => symlink("elsewhere", join(o, "partitions"))),
      /partitions is a link/,
    ],
    [
      "a file",
      (o) => rm(join(o, "partitions"), { recursive: true }).then(() => writeFile(join(o, "partitions"), "")),
      /partitions is a file/,
    ],
    ...["null", "[]", "{}", '{"format_version":1}', "my notes"].map((text): [string, (output: string) => Promise<unknown>, RegExp] => [
      `selection.json with ${text}`,
      (o) => writeFile(join(o, "selection.json"), text),
      /selection\.json is not a record of prep\nhint: Move it elsewhere/,
    ]),
    ["selection.json that leads nowhere", (o) => symlink("nowhere", join(o, "selection.json")), /selection\.json is not a record of prep/],
    ["selection.json that is a folder", (o) => mkdir(join(o, "selection.json")), /selection\.json is not a record of prep/],
    ["a file _prep", (o) => writeFile(join(o, "_prep"), "mine"), /_prep is a file, and prep keeps/],
    ["a link _prep", (o) => symlink("elsewhere", join(o, "_prep")), /_prep is a link, and prep keeps/],
    [
      "a link in _prep",
      (o) => mkdir(join(o, "_prep")).then(() => symlink("../elsewhere", join(o, "_prep", "work"))),
      /_prep\/work is a link, and prep keeps/,
    ],
    [
      "somebody else's _prep",
      (o) => mkdir(join(o, "_prep", "recipes"), { recursive: true }),
      /_prep holds recipes, which prep did not make/,
    ],
  ])("is refused: %s", (_, take, says) =>
    withFolder(async (folder) => {
      const output = join(folder, "o");
      await cp(join(made, "o"), output, { recursive: true });
      await mkdir(join(output, "elsewhere"));
      await writeFile(join(output, "elsewhere", "precious"), "precious");
      await take(output);
      await refused(filter(join(made, "m.parquet"), output), output, says);
      expect(namesIn(join(output, "elsewhere"))).toEqual(["precious"]);
    }),
  );

  it("is accepted if it is a folder of prep's partitions or empty: the partitions are made again", () =>
    withFolder(async (folder) => {
      for (const name of ["ours", "empty"]) {
        const output = join(folder, name);
        await cp(join(made, "o"), output, { recursive: true });
        if (name === "empty") for (const file of namesIn(join(output, "partitions"))) await rm(join(output, "partitions", file));
        await selected(join(made, "m.parquet"), output);
        expect(namesIn(output)).toEqual(["partitions", "selection.json"]);
        expect(namesIn(join(output, "partitions"))).toEqual(["part-00000.parquet", "part-00001.parquet"]);
      }
    }));
});
