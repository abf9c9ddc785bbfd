// The conductor: the truth about an output, read from its commit records alone.
import { readdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import { OutputError } from "../core/errors.ts";
import { shardName } from "../core/keys.ts";
import type { OutcomeCode } from "../core/outcome.ts";
import { RECORD_FORMAT_VERSION, type ShardRecord } from "../manifest/shard-record.ts";
import { DamagedRecordError, publish, readRecord, sweep } from "../store/commit.ts";

/** Sums over records. */
export interface RecordTotals {
  readonly shards: number;
  readonly count: number;
  readonly packed: number;
  readonly failedToDownload: number;
  readonly failedToResize: number;
  readonly downloadedBytes: number;
  readonly storedBytes: number;
  readonly requests: number;
  readonly outcomes: Readonly<Partial<Record<OutcomeCode, number>>>;
}

/** What has been committed. */
export interface OutputState {
  readonly committed: ReadonlySet<number>;
  readonly totals: RecordTotals;
  /** How many samples each shard holds, by file name: open_clip's `sizes.json`. */
  readonly sizes: Readonly<Record<string, number>>;
}

/** Records read at a time. */
const READERS = 32;

/** A shard's record; throws OutputError where it is another run's or of another format. */
async function readShardRecord(output: string, name: string, run: string): Promise<ShardRecord | undefined> {
  const record = (await readRecord(join(output, `${name}_stats.json`))) as ShardRecord | undefined;
  if (!record) return undefined;
  if (record.format_version !== RECORD_FORMAT_VERSION || record.run !== run) {
    throw new OutputError(
      `${join(output, `${name}_stats.json`)} is not a record of this run`,
      "Name an empty --output: this folder holds shards of something else.",
    );
  }
  return record;
}

/** Whether a shard is committed; if it is, its files are given their names in case nobody has yet. */
export async function isCommitted(output: string, name: string, run: string): Promise<boolean> {
  const record = await readShardRecord(output, name, run);
  if (!record) return false;
  const lost = await publish(output, record);
  if (lost.length > 0) {
    throw new OutputError(
      `the committed files ${lost.join(", ")} are gone from ${output}`,
      `Remove ${name}_stats.json to have that shard done again.`,
    );
  }
  return true;
}

/** Reads all records of an output, finishes publications that were cut short, and sweeps what dead attempts of committed shards left. */
export async function readState(output: string, run: string, shardDigits: number): Promise<OutputState> {
  const names = await readdir(output);
  const present = new Set(names);
  const committed = new Set<number>();
  const sizes: Record<string, number> = {};
  const totals = {
    shards: 0,
    count: 0,
    packed: 0,
    failedToDownload: 0,
    failedToResize: 0,
    downloadedBytes: 0,
    storedBytes: 0,
    requests: 0,
  };
  const outcomes: Partial<Record<OutcomeCode, number>> = {};
  const pending = names.filter((name) => /^\d+_stats\.json$/.test(name)).map((name) => name.slice(0, -"_stats.json".length));
  const readers = Array.from({ length: READERS }, async () => {
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      const record = await readShardRecord(output, name, run).catch(async (error: unknown) => {
        if (!(error instanceof DamagedRecordError)) throw error;
        await unlink(error.path);
      });
      if (!record) continue;
      if (!record.files.every((file) => present.has(file.name))) await isCommitted(output, name, run);
      committed.add(record.shard);
      totals.shards += 1;
      totals.count += record.count;
      totals.packed += record.successes;
      totals.failedToDownload += record.failed_to_download;
      totals.failedToResize += record.failed_to_resize;
      totals.downloadedBytes += record.downloaded_bytes;
      totals.storedBytes += record.stored_bytes;
      totals.requests += record.requests;
      for (const [code, count] of Object.entries(record.outcomes) as [OutcomeCode, number][])
        outcomes[code] = (outcomes[code] ?? 0) + count;
      const shardFile = record.files[0];
      if (shardFile) sizes[shardFile.name] = record.successes;
    }
  });
  await Promise.all(readers);
  await sweep(
    output,
    (subject) => /^\d+$/.test(subject) && committed.has(Number(subject)) && shardName(Number(subject), shardDigits) === subject,
  );
  const ordered = Object.fromEntries(Object.entries(sizes).sort(([left], [right]) => (left < right ? -1 : 1)));
  return { committed, totals: { ...totals, outcomes }, sizes: ordered };
}
