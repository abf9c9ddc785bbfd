// The record of a shard: its counts, its worst hosts, and the options that decided over rows.
import { describe, expect, it } from "vitest";
import { DECIDED_BY, type OutcomeCode } from "../../src/core/outcome.ts";
import type { ManifestRow } from "../../src/manifest/manifest-row.ts";
import { type RecordContext, recordCounts, type ShardRecord, shardRecord } from "../../src/manifest/shard-record.ts";

const row = (index: number, outcome: OutcomeCode, more: Partial<ManifestRow> = {}): ManifestRow => ({
  ...{ index, key: String(index), outcome, attempts: 1, fetchMs: 0 },
  ...more,
});

const record = (rows: readonly ManifestRow[], more: Partial<RecordContext> = {}): ShardRecord =>
  shardRecord(rows, {
    ...{ shard: 3, attempt: "a", run: "r", files: [], startedAt: 1_000, endedAt: 3_500 },
    ...{ hosts: rows.map(({ index }) => `h${index}.test`) },
    ...more,
  });

describe("the record of a shard", () => {
  it("begins with img2dataset's fields in its order, times in seconds", () => {
    const made = record([row(0, "success"), row(1, "http_404")]);
    expect(Object.entries(made).slice(0, 8)).toEqual([
      ["count", 2],
      ["successes", 1],
      ["failed_to_download", 1],
      ["failed_to_resize", 0],
      ["duration", 2.5],
      ["start_time", 1],
      ["end_time", 3.5],
      ["status_dict", { success: 1, "HTTP Error 404": 1 }],
    ]);
    expect(made).toMatchObject({ shard: 3, generation: 0, outcomes: { success: 1, http_404: 1 } });
  });

  it("counts requests and bytes of all rows, also of those that failed", () => {
    const rows = [
      row(0, "success", { attempts: 3, downloadedBytes: 100, storedBytes: 40 }),
      row(1, "decode_failed", { attempts: 1, downloadedBytes: 7 }),
      row(2, "invalid_url", { attempts: 0 }),
    ];
    expect(recordCounts(rows)).toMatchObject({ requests: 4, downloaded_bytes: 107, stored_bytes: 40, failed_to_resize: 1 });
  });

  it("counts the messages that are stored where these are given", () => {
    const rows = [row(0, "http_404"), row(1, "http_404"), row(2, "success")];
    const { status_dict } = recordCounts(rows, ["HTTP Error 404: Not Found", "HTTP Error 404: Gone", null]);
    expect(status_dict).toEqual({ "HTTP Error 404: Not Found": 1, "HTTP Error 404: Gone": 1, success: 1 });
  });

  it("names the 20 hosts with most failures, ties by name, and no host of a success", () => {
    const hosts = Array.from({ length: 30 }, (_, index) => `h${String(index).padStart(2, "0")}.test`);
    const rows = [...hosts.map((_, index) => row(index, "timeout")), row(30, "timeout"), row(31, "success"), row(32, "timeout")];
    const { failing_hosts = {} } = record(rows, { hosts: [...hosts, "h29.test", "good.test", undefined] });
    expect(Object.entries(failing_hosts)).toEqual([["h29.test", 2], ...hosts.slice(0, 19).map((host) => [host, 1])]);
  });

  it("names the options under which rows were refused, and only those of outcomes that occurred", () => {
    const [code, options = []] = (Object.entries(DECIDED_BY) as [OutcomeCode, readonly string[]][])[0] ?? ["success" as const];
    const deciding = new Proxy({}, { get: (_, name) => `value of ${String(name)}` }) as NonNullable<RecordContext["deciding"]>;
    const { decided_by } = record([row(0, code), row(1, "success")], { deciding });
    expect(options.length).toBeGreaterThan(0);
    expect(decided_by).toEqual(Object.fromEntries(options.map((option) => [option, `value of ${option}`])));
    expect(record([row(0, "success")], { deciding })).not.toHaveProperty("decided_by");
    expect(record([row(0, code)])).not.toHaveProperty("decided_by");
  });
});
