// The progress of a run, from what its workers report.
import { expect, it } from "vitest";
import type { FromWorker, SampleCounts } from "../../../src/engine/messages.ts";
import { RunProgress } from "../../../src/output/status/run-progress.ts";

const counts = (packed: number, failed: number): SampleCounts => ({
  ...{ packed, failed, downloadedBytes: 10 * packed, storedBytes: packed },
  outcomes: { success: packed, http_404: failed },
});
const progress = (shard: string, packed: number, failed: number, rows = packed + failed): FromWorker => ({
  kind: "progress",
  open: [{ shard, rows: 100, ...counts(packed, failed) }],
  marks: [
    { at: 0, rows: 0, bytes: 0 },
    { at: 10_000, rows, bytes: 0 },
  ],
});

it("progress adds open shards to finished ones and to those of earlier starts, each once", () => {
  const run = new RunProgress(1000, counts(90, 10));
  run.heard(progress("00001", 30, 10), 1);
  run.heard(progress("00002", 5, 5), 2);
  expect(run.event(10_000, false)).toMatchObject({ packed: 35, failed: 15, rows: 1000, rowsDone: 150, rowsPacked: 125, rowsPerSecond: 5 });
  // Committed with more rows than were reported while it was open.
  run.heard({ kind: "shard", shard: "00001", packed: 80, failed: 20, counts: counts(80, 20) }, 1);
  expect(run.event(10_000, false)).toMatchObject({ packed: 85, failed: 25, rowsDone: 210, outcomes: { success: 175, http_404: 35 } });
});

it("progress forgets the open shards of a dead worker, and keeps its finished ones", () => {
  const run = new RunProgress(1000);
  run.heard({ kind: "shard", shard: "00001", packed: 80, failed: 20, counts: counts(80, 20) }, 1);
  run.heard(progress("00002", 30, 10, 140), 1);
  expect(run.event(10_000, false).rowsDone).toBe(140);
  run.gone(1);
  const after = run.event(10_000, true);
  expect(after).toMatchObject({ rowsDone: 100, isPaused: true });
  expect(after.secondsLeft).toBeUndefined();
});
