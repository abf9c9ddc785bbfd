// Notes of progress, as `prep status` reads them.
import { cp, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import type { Progress } from "../../../src/engine/messages.ts";
import { ProgressNote, readProgress } from "../../../src/output/status/progress-notes.ts";
import { readStatus } from "../../../src/output/status/status.ts";
import { WorkerProgress } from "../../../src/output/status/worker-progress.ts";
import { ownProcess } from "../../../src/store/locks/process-name.ts";
import { withFolder } from "../../support/parquet.ts";
import { deadProcess, ELSEWHERE } from "../../support/process-names.ts";

afterEach(() => {
  vi.useRealTimers();
});

/** An output with a folder for temporary files. */
const withOutput = (work: (output: string, temporary: string) => Promise<void>) =>
  withFolder(async (output) => {
    const temporary = join(output, "_prep", "tmp");
    await mkdir(temporary, { recursive: true });
    await work(output, temporary);
  });

const row = (index: number, outcome: "success" | "http_404" | "decode_failed") => ({
  ...{ index, key: String(index), outcome, attempts: 1, fetchMs: 1 },
  ...{ downloadedBytes: 10, storedBytes: 5 },
});

/** A note as another process leaves it. */
const note = (shard: string, rows: number, packed: number, failed: number): Progress => ({
  open: [{ shard, rows, packed, failed, downloadedBytes: 0, storedBytes: 0, outcomes: { success: packed, http_404: failed } }],
  marks: [
    { at: 0, rows: 0, bytes: 0 },
    { at: 10_000, rows: packed + failed, bytes: 0 },
  ],
});

it("a note has the rows of open shards, is rewritten when they change, and is removed at the end", () =>
  withOutput(async (output, temporary) => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    let now = 0;
    const progress = new WorkerProgress(() => now);
    const kept = new ProgressNote(output, progress);
    progress.begin("00000", 20);
    progress.count("00000", row(0, "success"));
    now = 5000;
    progress.count("00000", row(1, "http_404"));
    vi.advanceTimersByTime(2000);
    await vi.waitFor(async () => expect(await readProgress(output)).toEqual([progress.snapshot]));
    expect(progress.snapshot.open).toEqual([
      { shard: "00000", rows: 20, packed: 1, failed: 1, downloadedBytes: 20, storedBytes: 10, outcomes: { success: 1, http_404: 1 } },
    ]);
    // An attempt that starts over has no rows, and a finished one is not open.
    progress.begin("00000", 20);
    expect(progress.snapshot.open).toMatchObject([{ packed: 0, failed: 0 }]);
    progress.end("00000");
    vi.advanceTimersByTime(2000);
    await vi.waitFor(async () => expect(await readProgress(output)).toEqual([{ open: [], marks: progress.snapshot.marks }]));
    await kept.close();
    expect(await readdir(temporary)).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  }));

it("notes of other machines count; those of dead processes and other files do not", () =>
  withOutput(async (output, temporary) => {
    const put = (name: string, text: string) => writeFile(join(temporary, name), text);
    await put(`progress.${ownProcess()}.new`, JSON.stringify(note("00000", 20, 3, 1)));
    await put(`progress.${ELSEWHERE}.new`, JSON.stringify(note("00001", 20, 4, 2)));
    await put(`progress.${await deadProcess(output)}.new`, JSON.stringify(note("00002", 20, 5, 3)));
    for (const [place, text] of [
      "null",
      "[",
      '{"open":[{}],"marks":[]}',
      '{"open":[null],"marks":[]}',
      '{"open":[],"marks":[{"at":"x"}]}',
    ].entries())
      await put(`progress.elsewhere${place}.1.new`, text);
    expect((await readProgress(output)).flatMap(({ open }) => open.map(({ shard }) => shard)).sort()).toEqual(["00000", "00001"]);
  }));

it("the status adds open shards to the records, each shard once, with the pace that bars show", () =>
  withFolder(async (folder) => {
    const output = join(folder, "out");
    await cp(join(import.meta.dirname, "..", "..", "golden", "output-v1"), output, { recursive: true });
    const temporary = join(output, "_prep", "tmp");
    await mkdir(temporary);
    const before = await readStatus(output, 0);
    // One shard with a record by now, and two attempts at a shard without one, as two starts make them.
    await writeFile(join(temporary, "progress.elsewhere.1.new"), JSON.stringify(note("00000", 3, 2, 1)));
    await writeFile(join(temporary, "progress.elsewhere.2.new"), JSON.stringify(note("00002", 20, 4, 2)));
    await writeFile(join(temporary, "progress.elsewhere.3.new"), JSON.stringify(note("00002", 20, 6, 2)));
    const after = await readStatus(output, 10_000);
    expect(after).toMatchObject({ rowsDone: before.rowsDone + 8, rowsRunning: 20, rowsDoneRunning: 8, packed: before.packed + 6 });
    expect(after.failedToDownload).toBe(before.failedToDownload + 2);
    // 3, 6 and 8 rows in ten seconds.
    expect(after.rowsPerSecond).toBeCloseTo(1.7);
  }));
