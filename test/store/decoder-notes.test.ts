// Notes of samples inside decoders, as the next worker reads them after a death.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { DecoderNotes, readSuspects, type Suspects } from "../../src/store/decoder-notes.ts";
import { deadAttempts } from "../../src/store/local/attempts.ts";
import { ownProcess } from "../../src/store/locks/process-name.ts";
import { withFolder } from "../support/parquet.ts";
import { deadProcess, ELSEWHERE, livingProcess, localProcess, OLD, REBOOTED } from "../support/process-names.ts";

const NONE: Suspects = new Map();
const told = async (...paths: string[]) => [...(await readSuspects(paths, "run"))].sort(([left], [right]) => left - right);

it("the open file names the samples inside a decoder, and no others", () =>
  withFolder(async (folder) => {
    const path = join(folder, "decoding");
    const notes = await DecoderNotes.begin(path, "run", NONE);
    for (const index of [7, 0, 9999]) notes.of(index).enter();
    notes.of(7).leave();
    expect(await told(path)).toEqual([
      [0, 1],
      [9999, 1],
    ]);
    await notes.close();
    notes.of(5).enter();
    expect((await told(path)).length).toBe(2);
  }));

it("lines are reused, so notes are as long as the number of samples that were inside at once", () =>
  withFolder(async (folder) => {
    const path = join(folder, "decoding");
    const notes = await DecoderNotes.begin(path, "run", NONE);
    for (let index = 0; index < 1000; index++) {
      notes.of(index).enter();
      if (index >= 4) notes.of(index - 4).leave();
    }
    expect((await readFile(path)).length).toBe("run\n".length + 5 * 15);
    expect((await told(path)).map(([index]) => index)).toEqual([996, 997, 998, 999]);
    await notes.close();
  }));

it("the next attempt keeps suspects: one more death if inside again, none if not reached, cleared if decoded", () =>
  withFolder(async (folder) => {
    const [first, second] = [join(folder, "first"), join(folder, "second")];
    const dead = await DecoderNotes.begin(first, "run", NONE);
    for (const index of [1, 2, 3]) dead.of(index).enter();
    const notes = await DecoderNotes.begin(second, "run", await readSuspects([first], "run"));
    expect([1, 2, 3, 4].map((index) => notes.of(index).deaths)).toEqual([1, 1, 1, 0]);
    notes.of(1).enter();
    notes.of(1).leave();
    notes.of(2).enter();
    notes.of(4).enter();
    expect(await told(second)).toEqual([
      [2, 2],
      [3, 1],
      [4, 1],
    ]);
    // Both files exist, as after a kill in between: no death is counted twice.
    expect(await told(first, second)).toEqual([
      [1, 1],
      [2, 2],
      [3, 1],
      [4, 1],
    ]);
    await Promise.all([dead.close(), notes.close()]);
  }));

it("notes of another run, damaged notes and missing notes name no suspects", () =>
  withFolder(async (folder) => {
    const path = join(folder, "decoding");
    const notes = await DecoderNotes.begin(path, "another run", NONE);
    notes.of(1).enter();
    await notes.close();
    expect(await told(path, join(folder, "none"))).toEqual([]);
    await writeFile(path, `run\n${"\0".repeat(30)}\n0000000003 1 i\n00000`);
    expect(await told(path)).toEqual([[3, 2]]);
  }));

it("only attempts at the same shard whose process on this machine is gone count as dead", () =>
  withFolder(async (folder) => {
    await mkdir(join(folder, "_prep", "tmp"), { recursive: true });
    const dead = await deadProcess(folder);
    const living = await livingProcess(folder);
    const id = "0123456789ab";
    const names = [
      `00001.${dead}.${id}`,
      `00001.${REBOOTED}.${id}`,
      `00001.${OLD}.${id}`,
      `00001.${ownProcess()}.${id}`,
      `00001.${living.name}.${id}`,
      `00001.${ELSEWHERE}.${id}`,
      // Without its lock file nobody can tell.
      `00001.${localProcess()}.${id}`,
      `00002.${dead}.${id}`,
      `00001-g1.${dead}.${id}`,
      `00001.${dead}.new`,
    ];
    for (const name of names) await mkdir(join(folder, "_prep", "tmp", name));
    const found = await deadAttempts(folder, "00001", `00001.${ownProcess()}.${id}`);
    const expected = names.slice(0, 3).map((name) => join(folder, "_prep", "tmp", name));
    expect(found.sort()).toEqual(expected.sort());
    await living.kill();
    expect(await deadAttempts(folder, "00001", "")).toHaveLength(4);
  }));
