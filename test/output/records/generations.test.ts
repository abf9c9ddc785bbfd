// Generations of shard records: exclusive, published in order, finished after a kill.
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ShardRecord } from "../../../src/manifest/shard-record.ts";
import {
  currentRecord,
  GENERATIONS,
  generationRecord,
  latestGenerations,
  publishCurrent,
  visibleRecord,
} from "../../../src/output/records/generations.ts";
import { temporaryFolder } from "../../../src/store/local/temporary-folder.ts";
import type { Attempt } from "../../../src/store/store.ts";
import { storeAt } from "../../../src/store/store-at.ts";
import { withFolder } from "../../support/parquet.ts";

const NAMES = ["00000.tar", "00000.parquet"];

async function begun(output: string, generation: number, text: string): Promise<{ attempt: Attempt; record: ShardRecord }> {
  const attempt = storeAt(output).attempt(generation === 0 ? "00000" : `00000-g${generation}`);
  await attempt.begin();
  for (const name of NAMES) await writeFile(attempt.path(name), text);
  const files = NAMES.map((name) => ({ name, bytes: text.length }));
  const record = { format_version: 2, generation, attempt: attempt.id, run: "r", shard: 0, count: 1, files };
  return { attempt, record: record as unknown as ShardRecord };
}

async function commit(output: string, generation: number, text: string): Promise<boolean> {
  const { attempt, record } = await begun(output, generation, text);
  if (generation === 0) return await attempt.commit(visibleRecord("00000"), record);
  return await attempt.commit(generationRecord("00000", generation), record, visibleRecord("00000"));
}

/** Works in an output whose first generation is published. */
async function withFirst(work: (output: string) => Promise<void>): Promise<void> {
  await withFolder(async (output) => {
    await mkdir(join(output, GENERATIONS), { recursive: true });
    expect(await commit(output, 0, "first")).toBe(true);
    await work(output);
  });
}

async function textsOf(output: string): Promise<string[]> {
  return await Promise.all(NAMES.map((name) => readFile(join(output, name), "utf8")));
}

describe("a further generation", () => {
  it("replaces the generation before, with its record", () =>
    withFirst(async (output) => {
      expect(await commit(output, 1, "second")).toBe(true);
      expect(await textsOf(output)).toEqual(["second", "second"]);
      expect(JSON.parse(await readFile(join(output, visibleRecord("00000")), "utf8"))).toMatchObject({ generation: 1 });
      expect((await currentRecord(output, "00000", await latestGenerations(output)))?.generation).toBe(1);
      expect(await readdir(temporaryFolder(output))).toEqual([]);
    }));

  it("has one winner among racing attempts, and a late one finds its number taken", () =>
    withFirst(async (output) => {
      const won = await Promise.all(Array.from({ length: 8 }, (_, index) => commit(output, 1, `second ${index}`)));
      expect(won.filter(Boolean)).toHaveLength(1);
      const wanted = `second ${won.indexOf(true)}`;
      expect(await textsOf(output)).toEqual([wanted, wanted]);
      expect(await commit(output, 2, "third")).toBe(true);
      expect(await commit(output, 1, "a zombie's")).toBe(false);
      expect(await textsOf(output)).toEqual(["third", "third"]);
      expect(await readdir(temporaryFolder(output))).toEqual([]);
    }));

  it("is published by the next process if a kill stopped its publication after any rename", () =>
    withFirst(async (output) => {
      for (let renames = 0; renames <= 3; renames++) {
        const copy = await mkdtemp(`${output}-`);
        try {
          await cp(output, copy, { recursive: true });
          const { attempt, record } = await begun(copy, 1, "second");
          const text = JSON.stringify(record);
          await writeFile(attempt.path(visibleRecord("00000")), text);
          // The record is there: from here on the new generation counts.
          await writeFile(join(copy, generationRecord("00000", 1)), text);
          for (const name of [...NAMES, visibleRecord("00000")].slice(0, renames)) await rename(attempt.path(name), join(copy, name));
          const current = await currentRecord(copy, "00000", await latestGenerations(copy));
          expect(current?.generation).toBe(1);
          if (current) expect(await publishCurrent(copy, "00000", current)).toEqual([]);
          expect(await textsOf(copy)).toEqual(["second", "second"]);
          expect(await readFile(join(copy, visibleRecord("00000")), "utf8")).toBe(text);
          await attempt.abandon();
          expect(await readdir(temporaryFolder(copy))).toEqual([]);
        } finally {
          await rm(copy, { recursive: true, force: true });
        }
      }
    }));

  it("does not change when a publisher wakes that was asleep since before it", () =>
    withFirst(async (output) => {
      await commit(output, 1, "second");
      const old = await currentRecord(output, "00000", await latestGenerations(output));
      await commit(output, 2, "third");
      if (old) expect(await publishCurrent(output, "00000", old)).toEqual([]);
      expect(await textsOf(output)).toEqual(["third", "third"]);
      expect(JSON.parse(await readFile(join(output, visibleRecord("00000")), "utf8"))).toMatchObject({ generation: 2 });
    }));

  it("is known by the copy of a damaged record, and never replaced by the generation before", () =>
    withFirst(async (output) => {
      await commit(output, 1, "second");
      await writeFile(join(output, generationRecord("00000", 1)), "{ torn");
      const latest = await latestGenerations(output);
      expect((await currentRecord(output, "00000", latest))?.generation).toBe(1);
      await rm(join(output, visibleRecord("00000")));
      await expect(currentRecord(output, "00000", latest)).rejects.toThrow(/is damaged/);
    }));
});
