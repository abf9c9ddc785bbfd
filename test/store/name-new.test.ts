// Naming a finished file: one of many callers wins, and the file is whole.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { nameNew } from "../../src/store/name-new.ts";
import { withFolder } from "../support/parquet.ts";

it("one of many callers at once gives the name, the file is its own, and nothing else is left", () =>
  withFolder(async (folder) => {
    const target = join(folder, "target");
    const texts = Array.from({ length: 20 }, (_, index) => String(index).repeat(100_000));
    for (const [index, text] of texts.entries()) await writeFile(join(folder, `from-${index}`), text);
    const won = await Promise.all(texts.map((_, index) => nameNew(join(folder, `from-${index}`), target, String(index))));
    expect(won.filter(Boolean)).toHaveLength(1);
    expect(await readFile(target, "utf8")).toBe(texts[won.indexOf(true)]);
    expect((await readdir(folder)).filter((name) => !name.startsWith("from-"))).toEqual(["target"]);
  }));
