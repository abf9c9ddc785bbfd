// The store of an output on a local disk: what its operations promise to every caller.
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { storeAt } from "../../../src/store/store-at.ts";
import { withFolder } from "../../support/parquet.ts";

it("a store tells files, folders, links and missing names apart without following links", () =>
  withFolder(async (output) => {
    const store = storeAt(output);
    await mkdir(join(output, "folder"));
    await writeFile(join(output, "file"), "x");
    await symlink("folder", join(output, "link"));
    expect(await Promise.all(["file", "folder", "link", "none", "file/below"].map((name) => store.kind(name)))).toEqual([
      "file",
      "folder",
      "link",
      undefined,
      undefined,
    ]);
    expect([await store.isFolder("link"), await store.isFolder("file"), await store.isFolder("none")]).toEqual([true, false, false]);
    expect((await store.entries()).map(({ name, kind }) => `${name} ${kind}`).sort()).toEqual(["file file", "folder folder", "link link"]);
  }));

it("a store reads a range of a file, and less where the file ends", () =>
  withFolder(async (output) => {
    await writeFile(join(output, "file"), "0123456789");
    const store = storeAt(output);
    expect((await store.readRange("file", 2, 5)).toString()).toBe("234");
    expect((await store.readRange("file", 8, 20)).toString()).toBe("89");
    await expect(store.readText("none")).rejects.toMatchObject({ code: "ENOENT" });
    await expect(store.readText(".")).rejects.toMatchObject({ code: "EISDIR" });
  }));

it("files of one stem are replaced at once without sharing a temporary file", () =>
  withFolder(async (output) => {
    const store = storeAt(output);
    const file = store.temporaryName("job");
    await store.replace(file, "temporary");
    await Promise.all([store.replace("one.json", "1"), store.replace("two.json", "2")]);
    expect(await Promise.all([file, "one.json", "two.json"].map((name) => readFile(join(output, name), "utf8")))).toEqual([
      "temporary",
      "1",
      "2",
    ]);
    expect(await store.createExclusive("one.json", "other")).toBe(false);
  }));

it("the attempt of a store publishes files that were appended, written and handed over", () =>
  withFolder(async (output) => {
    const attempt = storeAt(output).attempt("00000");
    await attempt.begin();
    const tar = attempt.append("00000.tar", { retrying: (work) => work(), redoing: (work) => work() });
    await tar.append([Buffer.from("tar")]);
    await writeFile(attempt.path("00000.parquet"), "rows");
    const files = [
      { name: "00000.tar", ...(await tar.finish()) },
      { name: "00000.parquet", ...(await attempt.handOver("00000.parquet")) },
    ];
    expect(await attempt.commit("00000_stats.json", { format_version: 1, attempt: attempt.id, files })).toBe(true);
    expect(await storeAt(output).digest("00000.parquet")).toEqual({ bytes: 4, sha256: files[1]?.sha256 });
    expect((await storeAt(output).names()).sort()).toEqual(["00000.parquet", "00000.tar", "00000_stats.json", "_prep"]);
  }));
