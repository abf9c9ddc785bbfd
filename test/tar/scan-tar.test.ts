// TarScan: names and tears, whatever the chunks.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { AppendFile } from "../../src/store/append-file.ts";
import { TarScan } from "../../src/tar/scan-tar.ts";
import { TarFile } from "../../src/tar/write-tar.ts";
import { withFolder } from "../support/parquet.ts";

const bodies = fc.array(fc.uint8Array({ maxLength: 1500 }), { minLength: 1, maxLength: 6 });

async function tarOf(folder: string, members: readonly Uint8Array[], number: number): Promise<Buffer> {
  const path = join(folder, `${number}.tar`);
  const tar = new TarFile(AppendFile.create(path));
  for (const [index, body] of members.entries()) await tar.add(`${index}.jpg`, Buffer.from(body));
  await tar.close();
  return await readFile(path);
}

function scan(bytes: Buffer, chunkBytes: number): TarScan {
  const found = new TarScan();
  for (let start = 0; start < bytes.length; start += chunkBytes) found.push(bytes.subarray(start, start + chunkBytes));
  return found;
}

it("finds the names of all members in chunks of any size and calls every truncated tar torn", () =>
  withFolder(async (folder) => {
    let number = 0;
    await fc.assert(
      fc.asyncProperty(
        bodies,
        fc.integer({ min: 1, max: 2000 }),
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        async (members, chunkBytes, share) => {
          const tar = await tarOf(folder, members, number++);
          const whole = scan(tar, chunkBytes);
          expect(whole.names).toEqual(members.map((_, index) => `${index}.jpg`));
          expect(whole.end()).toBeUndefined();
          const end = tar.length - 1024;
          expect(scan(tar.subarray(0, Math.floor(share * (end + 512))), chunkBytes).end()).toBeDefined();
        },
      ),
      { numRuns: 40 },
    );
  }));
