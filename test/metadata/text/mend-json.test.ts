// Lone surrogates in JSON become U+FFFD anywhere in a file, and everything else stays unchanged.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createMetadataView } from "../../../src/metadata/columns/view.ts";
import { withoutLoneSurrogates } from "../../../src/metadata/text/mend-json.ts";
import { openTestDatabase, withFolder } from "../../support/parquet.ts";

/** The text as JavaScript itself mends it (ES2024, which Node 20 has). */
const wellFormed = (text: string) => (text as string & { toWellFormed(): string }).toWellFormed();

const TEXTS = [
  "\ud83d",
  "\ude00",
  "\ud83d\ude00",
  "\ud83d\ud83d\ude00",
  "\ude00\ud83d",
  "\\",
  "\\ud83d",
  "\\\\",
  '"',
  "é",
  "\u{1F600}",
  "a",
  "\n",
  "\ufffd",
];

/** JSON.stringify escapes only lone surrogates; Python's json.dumps escapes everything beyond ASCII. */
const asPython = (text: string) =>
  JSON.stringify(text).replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`);

describe("withoutLoneSurrogates", () => {
  it("equals JavaScript's own repair for any text, in pieces of any size", async () => {
    const text = fc.array(fc.constantFrom(...TEXTS), { maxLength: 12 }).map((parts) => parts.join(""));
    await withFolder(async (folder) => {
      // Escapes of up to twelve bytes at every offset around the borders of chunks.
      const texts = fc.sample(text, { seed: 16, numRuns: 40_000 });
      const filler = "x".repeat(2 ** 20 - 40);
      const lines = texts.map((one, index) => (index % 2 === 0 ? asPython(one) : JSON.stringify(one)));
      const all = ["", " ", "  ", "    ", "      "].map((shift) => `${shift}"${filler}"\n${lines.join("\n")}`).join("\n");
      const path = join(folder, "lines.jsonl");
      await writeFile(path, all);
      const mended = await withoutLoneSurrogates(path, join(folder, "copies"));
      const found = (await readFile(mended.path, "utf8")).split("\n").map((line) => JSON.parse(line) as string);
      const wanted = all.split("\n").map((line) => wellFormed(JSON.parse(line) as string));
      expect(found.findIndex((one, index) => one !== wanted[index])).toBe(-1);
      expect(found.length).toBe(wanted.length);
      expect(mended.halves).toBeGreaterThan(10_000);
      expect((await withoutLoneSurrogates(mended.path, join(folder, "again"))).halves).toBe(0);
    });
  });

  it("copies only a file that needs mending, unpacked", () =>
    withFolder(async (folder) => {
      const [good, bad] = [join(folder, "good.jsonl"), join(folder, "lang=en", "bad.jsonl.gz")] as const;
      await writeFile(good, '{"a":"\\ud83d\\ude00 \\\\ud83d"}');
      expect(await withoutLoneSurrogates(good, folder)).toEqual({ path: good, halves: 0 });
      await mkdir(join(folder, "lang=en"));
      await writeFile(bad, gzipSync('{"a":"cut \\uD83D"}\n{"a":"\\ud83d\\u0041"}'));
      const mended = await withoutLoneSurrogates(bad, join(folder, "copies"));
      expect(mended.path.endsWith("lang=en/bad.jsonl")).toBe(true);
      expect(await readFile(mended.path, "utf8")).toBe('{"a":"cut \\ufffd"}\n{"a":"\\ufffd\\u0041"}');
      expect(mended.halves).toBe(2);
    }));
});

describe("metadata with a lone surrogate", () => {
  it("is read, with a notice about the replacement", () =>
    withFolder(async (folder) => {
      const path = join(folder, "cut.jsonl");
      await writeFile(
        path,
        '{"url":"http://a.test/1","caption":"cut \\ud83d"}\n{"url":"http://a.test/2","caption":"whole \\ud83d\\ude00"}\n',
      );
      const database = await openTestDatabase();
      try {
        const { notices } = await createMetadataView(database, [{ path, bytes: 1 }], { folder: join(folder, "copies") });
        expect(notices).toEqual([`${path}: one lone surrogate, such as \\ud83d, was replaced by U+FFFD`]);
        expect(await database.rows("SELECT caption FROM metadata ORDER BY url")).toEqual([
          { caption: "cut \ufffd" },
          { caption: "whole 😀" },
        ]);
      } finally {
        database.close();
      }
    }));
});
