// Members that are found in a damaged tar.
import { readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { AppendFile } from "../../src/store/append-file.ts";
import type { TarMember } from "../../src/tar/read-tar.ts";
import { salvageTar } from "../../src/tar/salvage-tar.ts";
import { TarFile } from "../../src/tar/write-tar.ts";
import { withFolder } from "../support/parquet.ts";

const BODIES = Array.from({ length: 5 }, (_, index) => Buffer.alloc(700 * (index + 1), String(index)));

async function salvaged(path: string): Promise<TarMember[]> {
  const members: TarMember[] = [];
  for await (const member of salvageTar(path)) members.push(member);
  return members;
}

async function withTar(work: (path: string, bytes: number) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const path = join(folder, "a.tar");
    const tar = new TarFile(AppendFile.create(path));
    for (const [index, body] of BODIES.entries()) await tar.add(`${index}.jpg`, body);
    const { bytes } = await tar.close();
    await work(path, bytes);
  });
}

it("finds all members of a whole tar", () =>
  withTar(async (path) => {
    expect(await salvaged(path)).toEqual(BODIES.map((body, index) => ({ name: `${index}.jpg`, body })));
  }));

it("loses only the member whose header is damaged or has a size beyond the end", () =>
  withTar(async (path, bytes) => {
    const tar = await readFile(path);
    const second = tar.indexOf("1.jpg");
    tar[second + 124] = 0x37;
    await writeFile(path, tar);
    expect((await salvaged(path)).map(({ name }) => name)).toEqual(["0.jpg", "2.jpg", "3.jpg", "4.jpg"]);
    expect(bytes).toBe(tar.length);
  }));

it("finds the members before a cut, and none in an empty file", () =>
  withTar(async (path, bytes) => {
    await truncate(path, Math.floor(bytes / 2));
    const names = (await salvaged(path)).map(({ name }) => name);
    expect(names).toEqual(["0.jpg", "1.jpg", "2.jpg"].slice(0, names.length));
    expect(names.length).toBeGreaterThan(1);
    await truncate(path, 0);
    expect(await salvaged(path)).toEqual([]);
  }));
