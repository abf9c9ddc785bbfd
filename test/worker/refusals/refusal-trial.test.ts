// The trial of first rows: if one option refuses them all, the run ends early.
import { setMaxListeners } from "node:events";
import { expect, it } from "vitest";
import { DECIDED_BY, type DecidingOption, isRefusal, OUTCOMES, type OutcomeCode } from "../../../src/core/outcome.ts";
import type { FromWorker } from "../../../src/engine/messages.ts";
import type { DecidingValues } from "../../../src/manifest/shard-record.ts";
import { undecided } from "../../../src/output/plans/deciding-options.ts";
import { rowThatCounts } from "../../../src/worker/redo/kept-samples.ts";
import { RefusalGate, TRIAL_ROWS } from "../../../src/worker/refusals/refusal-gate.ts";
import { allRefused, isAccepted, RefusalTrial, refusalError, refusedOnce } from "../../../src/worker/refusals/refusal-trial.ts";

const never = new AbortController().signal;
setMaxListeners(0, never);

/** Lets samples begin until one has to wait; returns how many began. */
async function begunAtOnce(gate: RefusalGate, most: number): Promise<number> {
  let begun = 0;
  for (let sample = 0; sample < most; sample++) void gate.admit(never).then(() => begun++);
  await new Promise((resolve) => setImmediate(resolve));
  return begun;
}

it("the gate holds back all but the first samples while one option refuses every one", async () => {
  const gate = new RefusalGate(true);
  for (let row = 0; row < TRIAL_ROWS; row++) gate.ended({ outcome: "blocked_port", detail: `port ${8000 + row}` });
  expect(gate.refused).toEqual({ code: "blocked_port", count: TRIAL_ROWS, detail: "port 8000" });
  expect(await begunAtOnce(gate, TRIAL_ROWS + 100)).toBe(TRIAL_ROWS);
});

it.each<OutcomeCode>(["success", "http_404", "dns_not_found", "timeout", "robots_disallowed", "tls_invalid"])(
  "lets all begin when one ends as %s",
  async (outcome) => {
    const gate = new RefusalGate(true);
    gate.ended({ outcome: "blocked_port" });
    const waiting = begunAtOnce(gate, TRIAL_ROWS + 100);
    gate.ended({ outcome });
    expect(await waiting).toBe(TRIAL_ROWS + 100);
    expect(gate.refused).toBe("others");
  },
);

it("the gate holds no sample back without a trial, when it is opened, or when the run stops", async () => {
  const free = new RefusalGate(false);
  free.ended({ outcome: "blocked_port" });
  expect([await begunAtOnce(free, TRIAL_ROWS + 1), free.refused]).toEqual([TRIAL_ROWS + 1, undefined]);
  const opened = new RefusalGate(true);
  opened.open();
  expect(await begunAtOnce(opened, TRIAL_ROWS + 1)).toBe(TRIAL_ROWS + 1);
  const stopped = new RefusalGate(true);
  await begunAtOnce(stopped, TRIAL_ROWS);
  const stop = new AbortController();
  const late = stopped.admit(stop.signal);
  stop.abort(new Error("stopped"));
  await expect(late).rejects.toThrow("stopped");
});

const progress = (count: number, code: string): FromWorker & { kind: "progress" } => ({
  ...{ kind: "progress", open: [], marks: [], refused: { code, count } },
});
const silent: FromWorker & { kind: "progress" } = { kind: "progress", open: [], marks: [] };

it("the trial ends a run when all workers and earlier starts have enough rows of one refusal", () => {
  const trial = new RefusalTrial({ code: "blocked_port", count: 100 });
  expect(trial.hear(progress(199, "blocked_port"), 1)).toBeUndefined();
  expect(trial.hear(progress(200, "blocked_port"), 2)).toBeUndefined();
  expect(trial.hear(progress(200, "blocked_port"), 1)).toEqual({ code: "blocked_port", count: 500 });
  expect(trial.verdict?.count).toBe(500);
});

it("the trial lets workers proceed when rows of another worker ended in another way", () => {
  for (const other of [{ ...silent, refused: "others" } as const, progress(1, "robots_disallowed")]) {
    const trial = new RefusalTrial(undefined);
    trial.hear(other, 1);
    expect(trial.hear(progress(500, "blocked_port"), 2)).toBe("proceed");
    expect(trial.verdict).toBeUndefined();
  }
  // Before its first sample a worker reports nothing about rows.
  const trial = new RefusalTrial(undefined);
  trial.hear(silent, 1);
  expect(trial.hear(progress(500, "blocked_port"), 2)).toMatchObject({ count: 500 });
});

it("counts show a refusal only if all rows share it", () => {
  expect(allRefused({ blocked_port: 3 })).toEqual({ code: "blocked_port", count: 3 });
  for (const outcomes of [{}, { success: 3 }, { http_404: 3 }, { blocked_port: 3, success: 1 }, { tls_invalid: 9 }])
    expect(allRefused(outcomes)).toBeUndefined();
});

it("the error names the option and both ways to continue", () => {
  const { message, hint, exitCode } = refusalError("my out", { code: "blocked_port", count: 500, detail: "port 8080" });
  expect([message, hint, exitCode]).toEqual([
    expect.stringContaining("the first 500 finished rows all failed as blocked_port (port 8080)"),
    "To take these rows, start prep continue 'my out' --allow-port 8080. To keep them as failed and go on, start prep continue 'my out'.",
    6,
  ]);
});

const now = Object.fromEntries(
  Object.values(DECIDED_BY)
    .flat()
    .map((option) => [option, "new"]),
) as DecidingValues;

it("a second start accepts the refusal that stopped the first, unless the option has changed", () => {
  const once = refusedOnce({ code: "blocked_port", count: 500 }, "a", now);
  expect(isAccepted(once, "a", now)).toBe(true);
  expect(isAccepted(once, "b", now)).toBe(false);
  expect(isAccepted(once, "a", { ...now, robots: "ignore" })).toBe(true);
  expect(isAccepted(once, "a", { ...now, "allow-port": "8080" })).toBe(false);
  expect(isAccepted(undefined, "a", now)).toBe(false);
});

it("rows are undecided if a changed option decided them, and no others are", () => {
  for (const [code, options] of Object.entries(DECIDED_BY) as [OutcomeCode, readonly DecidingOption[]][]) {
    const outcomes = { [code]: 1, http_404: 1, success: 1, timeout: 1 };
    expect(undecided({ outcomes, decided_by: now }, now)).toEqual(new Set());
    for (const option of options) expect(undecided({ outcomes, decided_by: now }, { ...now, [option]: "other" })).toEqual(new Set([code]));
    const others = Object.fromEntries(Object.keys(now).map((name) => [name, "other"])) as DecidingValues;
    const own = Object.fromEntries(options.map((option) => [option, "new"]));
    expect(undecided({ outcomes, decided_by: now }, { ...others, ...own })).toEqual(new Set());
  }
});

it("an earlier failure of a server is kept over a refusal, and any other outcome replaces it", () => {
  const row = (outcome: OutcomeCode) => ({ index: 0, key: "0", attempts: 1, fetchMs: 1, outcome });
  const codes = Object.keys(OUTCOMES) as OutcomeCode[];
  for (const before of codes)
    for (const after of codes) {
      const isKept = isRefusal(after) && !isRefusal(before) && before !== "success";
      expect(rowThatCounts(row(after), row(before)).outcome).toBe(isKept ? before : after);
    }
  expect(rowThatCounts(row("blocked_port"), undefined).outcome).toBe("blocked_port");
});
