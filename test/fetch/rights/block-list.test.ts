// Block lists: what a line may be, what it blocks, where faults are, and the memory they take.
import { createHash } from "node:crypto";
import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type BlockList, compileBlockLists, inspectBlockLists, loadBlockList } from "../../../src/fetch/rights/block-list.ts";
import { BlockTable } from "../../../src/fetch/rights/block-table.ts";
import { withFolder } from "../../support/parquet.ts";

const digest = (algorithm: string, text: string) => createHash(algorithm).update(text).digest("hex");

async function listOf(folder: string, ...texts: string[]): Promise<BlockList> {
  const paths = await Promise.all(
    texts.map(async (text, index) => {
      const path = join(folder, `list${index}.txt`);
      await writeFile(path, text);
      return path;
    }),
  );
  const facts = await inspectBlockLists(paths);
  const target = join(folder, "compiled");
  await compileBlockLists(paths, facts, target);
  const list = await loadBlockList(target, facts.digest);
  if (!list) throw new Error("not loaded");
  return list;
}

const of = (list: BlockList, url: string) => list.ofUrl(new URL(url));

describe("a list", () => {
  it("blocks URLs as they are requested, by either scheme, and no others", () =>
    withFolder(async (folder) => {
      const list = await listOf(folder, "# a comment\r\n\r\n  https://Example.com/a b.jpg?x=1#top\r\nhttp://example.com:8080/c.jpg");
      expect(of(list, "https://example.com/a%20b.jpg?x=1")).toBe("url");
      expect(of(list, "http://example.com/a%20b.jpg?x=1")).toBe("url");
      expect(of(list, "https://example.com:8080/c.jpg")).toBe("url");
      for (const other of ["https://example.com/a%20b.jpg", "https://example.com/", "https://www.example.com/a%20b.jpg?x=1"])
        expect(of(list, other)).toBeUndefined();
    }));

  it("blocks hosts with all that is below them, in any spelling", () =>
    withFolder(async (folder) => {
      const list = await listOf(folder, "bad.example", "*.worse.example\n.worst.example\nBücher.example\n93.184.215.14\n[2606:4700::1111]");
      expect(of(list, "http://bad.example/x")).toBe("host bad.example");
      expect(of(list, "https://img.cdn.bad.example:8443/x")).toBe("host bad.example");
      expect(of(list, "http://a.worse.example/")).toBe("host worse.example");
      expect(of(list, "http://worst.example/")).toBe("host worst.example");
      expect(of(list, "http://xn--bcher-kva.example/")).toBe("host xn--bcher-kva.example");
      expect(of(list, "http://1572394766/")).toBe("host 93.184.215.14");
      expect(of(list, "http://[2606:4700:0::1111]/")).toBe("host [2606:4700::1111]");
      for (const other of ["http://notbad.example/", "http://example/", "http://bad.example.com/"]) expect(of(list, other)).toBeUndefined();
    }));

  it("blocks bodies by md5, sha1 and sha256", () =>
    withFolder(async (folder) => {
      const list = await listOf(folder, `${digest("md5", "a")}\n${digest("sha1", "b").toUpperCase()}\n${digest("sha256", "c")}`);
      expect(["a", "b", "c", "d"].map((text) => list.ofBody(Buffer.from(text))?.split(" ", 1)[0])).toEqual([
        "md5",
        "sha1",
        "sha256",
        undefined,
      ]);
      expect(of(list, "http://example.com/")).toBeUndefined();
    }));

  it("may be empty", () =>
    withFolder(async (folder) => {
      const list = await listOf(folder, "", "# nothing yet");
      expect([list.ofBody(Buffer.from("a")), of(list, "http://example.com/")]).toEqual([undefined, undefined]);
    }));

  it("is another list if a file differs, whatever the files' order", () =>
    withFolder(async (folder) => {
      const [one, two] = [join(folder, "1"), join(folder, "2")] as const;
      await writeFile(one, "a.example");
      await writeFile(two, "b.example");
      const facts = await inspectBlockLists([one, two]);
      expect(facts).toEqual({ entries: 2, digest: (await inspectBlockLists([two, one])).digest });
      await appendFile(two, "\nc.example");
      expect((await inspectBlockLists([one, two])).digest).not.toBe(facts.digest);
      await expect(compileBlockLists([one, two], facts, join(folder, "out"))).rejects.toThrow("changed while prep read it");
    }));
});

describe("a line that is wrong", () => {
  it.each<[string, number, string]>([
    ["a.example\nhello\nb.example", 2, '"hello" is not a URL, a host or a digest'],
    ["ftp://a.example/x", 1, "ftp://a.example/x"],
    ["a.example/x.jpg", 1, "a.example/x.jpg"],
    ["a.example:8080", 1, "a.example:8080"],
    ["user@a.example", 1, "user@a.example"],
    ["\n\nhttp://user:secret@a.example/", 3, "http://user:secret@"],
    ["http://", 1, '"http://"'],
    [digest("sha512", "a"), 1, "is not a URL"],
    ["0123456789abcdef", 1, '"0123456789abcdef"'],
    ["a.example,reason", 1, "a.example,reason"],
    ["a\u001b[2J b", 1, '"a [2J b"'],
    ["x".repeat(1_000_000), 1, "xxx..."],
    [`${"a.example\n".repeat(100_000)}!`, 100_001, '"!"'],
  ])("%.40j is refused with its place", (text, line, says) =>
    withFolder(async (folder) => {
      const path = join(folder, "list.txt");
      await writeFile(path, text);
      await expect(inspectBlockLists([path])).rejects.toMatchObject({
        exitCode: 4,
        message: expect.stringContaining(`${path}:${line}: `),
        hint: expect.stringContaining("one on each line"),
      });
      await expect(inspectBlockLists([path])).rejects.toThrow(says);
    }),
  );

  it("includes a file that does not exist, or is a folder", () =>
    withFolder(async (folder) => {
      await expect(inspectBlockLists([join(folder, "none")])).rejects.toMatchObject({ exitCode: 4 });
      await expect(inspectBlockLists([folder])).rejects.toMatchObject({ exitCode: 4 });
    }));
});

describe("the compiled file", () => {
  it("is refused if it is another list's, cut or no such file at all", () =>
    withFolder(async (folder) => {
      await listOf(folder, "a.example");
      const path = join(folder, "compiled");
      const bytes = await readFile(path);
      expect(await loadBlockList(path, "0".repeat(64))).toBeUndefined();
      const { digest: right } = await inspectBlockLists([join(folder, "list0.txt")]);
      expect(await loadBlockList(path, right)).toBeDefined();
      for (const length of [0, 10, 79, bytes.length - 1]) {
        await writeFile(path, bytes.subarray(0, length));
        expect(await loadBlockList(path, right)).toBeUndefined();
      }
      expect(await loadBlockList(join(folder, "none"), right)).toBeUndefined();
    }));
});

describe("the table", () => {
  it("holds what was added and nothing else, in 18 bytes an entry", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 40 }), fc.integer({ min: 1, max: 3000 }), (seed, count) => {
        const key = (index: number) => createHash("md5").update(seed).update(String(index)).digest();
        const table = BlockTable.forEntries(count);
        for (let index = 0; index < count; index++) table.add(key(index));
        expect(table.words.byteLength).toBeLessThan(18 * count + 50);
        for (let index = 0; index < count; index++) expect(table.has(key(index))).toBe(true);
        for (let index = count; index < 2 * count; index++) expect(table.has(key(index))).toBe(false);
      }),
      { numRuns: 20 },
    );
  });

  it("holds fingerprints that begin with zeros or lie at its end", () => {
    const table = BlockTable.forEntries(3);
    const keys = [Buffer.alloc(16), Buffer.alloc(16, 255), Buffer.concat([Buffer.alloc(8, 255), Buffer.alloc(8)])];
    for (const key of keys) expect(table.has(key)).toBe(false);
    for (const key of keys) table.add(key);
    for (const key of keys) expect(table.has(key)).toBe(true);
  });
});
