// A sort that spills to the disk or runs in passes gives the same bytes as one in memory.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { withFolder, writeParquet } from "../support/parquet.ts";
import { partitionDigests, type SelectOptions, selectInto } from "../support/selection/selected.ts";

it("the partitions do not depend on memory, spilled bytes, threads or passes", () =>
  withFolder(async (folder) => {
    const input = await writeParquet(
      join(folder, "in.parquet"),
      `SELECT 'http://host.test/' || i AS url, md5(i::VARCHAR) || md5((-i)::VARCHAR) || md5((i + 0.5)::VARCHAR) AS caption, i FROM range(1500000) r(i)`,
    );
    let turn = 0;
    /** Digests of the partitions, and whether anything was spilled. */
    const select = async (options: SelectOptions): Promise<{ digests: string[]; isSpilled: boolean }> => {
      const output = join(folder, `out-${turn++}`);
      const tempDirectory = join(folder, "spill");
      let isSpilled = false;
      const emit = () => {
        isSpilled ||= namesBelow(tempDirectory).length > 0;
      };
      await selectInto(output, "SELECT * FROM metadata", [input], { partitions: 16, isVerified: false, tempDirectory, emit, ...options });
      expect(namesBelow(tempDirectory)).toEqual([]);
      return { digests: await partitionDigests(output), isSpilled };
    };
    const wanted = await select({ memoryLimitBytes: 4e9 });
    expect(wanted.isSpilled).toBe(false);
    const small = await select({ memoryLimitBytes: 300e6 });
    expect(small).toEqual({ digests: wanted.digests, isSpilled: true });
    for (const options of [{ memoryLimitBytes: 300e6, threads: 1 }, { memoryLimitBytes: 500e6, threads: 4 }, { passes: 5 }]) {
      expect((await select(options)).digests).toEqual(wanted.digests);
    }
  }));

function namesBelow(path: string): string[] {
  try {
    return readdirSync(path, { recursive: true, withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [entry.name] : []));
  } catch {
    return [];
  }
}
