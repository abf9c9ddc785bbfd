// Refuses gzipped text that is incomplete or that its name hides.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { findMetadataFiles } from "../../../src/metadata/find/metadata-files.ts";
import { withFolder } from "../../support/parquet.ts";

const TABLE = `url,caption\n${Array.from({ length: 5000 }, (_, row) => `http://a.test/${row * 7919},caption ${row * 104_729}\n`).join("")}`;
const PACKED = gzipSync(TABLE);
const HALF = PACKED.subarray(0, PACKED.length / 2);
const FLIPPED = Buffer.from(PACKED).fill(0x55, PACKED.length - 8, PACKED.length - 4);

async function find(name: string, bytes: Buffer | string): Promise<string[]> {
  return withFolder(async (folder) => {
    await writeFile(join(folder, name), bytes);
    return (await findMetadataFiles([folder])).map(({ path }) => path.slice(folder.length + 1));
  });
}

it.each([
  ["that was cut off", "cut.csv.gz", HALF, /cut\.csv\.gz is not a complete gzip file: unexpected end of file/],
  ["whose checksum is another", "flipped.jsonl.gz", FLIPPED, /flipped\.jsonl\.gz is not a complete gzip file: incorrect data check/],
  ["without .gz in its name", "packed.csv", PACKED, /packed\.csv is gzipped, but its name does not end in \.gz/],
  ["that is not one", "plain.csv.gz", TABLE, /plain\.csv\.gz is not gzipped, but its name ends in \.gz/],
  ["that is a git-LFS pointer", "pointer.csv.gz", "version https://git-lfs.github.com/spec/v1\n", /pointer\.csv\.gz is a git-LFS pointer/],
])("a gzip %s is refused before any row is read", async (_, name, bytes, message) => {
  await expect(find(name, bytes)).rejects.toMatchObject({ exitCode: 4, message: expect.stringMatching(message) });
});

it("a gzip of several members, as bgzip and cat write, is complete", async () => {
  expect(await find("members.csv.gz", Buffer.concat([PACKED, gzipSync("http://a.test/x,y\n"), gzipSync("")]))).toEqual(["members.csv.gz"]);
});
