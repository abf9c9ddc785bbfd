// Reads every shard record, prep's and img2dataset's, and changes nothing.
import { OUTCOMES, type OutcomeCode } from "../../core/outcome.ts";
import { outcomeOfPeer } from "../../manifest/img2dataset-outcome.ts";
import { type PeerStats, READABLE_RECORD_VERSIONS, type ShardRecord } from "../../manifest/shard-record.ts";
import { storeAt } from "../../store/store-at.ts";
import { errorCode } from "../../store/system-errors.ts";
import { READERS, recordNames } from "./committed-shards.ts";
import { type Generations, generationRecord, latestGenerations } from "./generations.ts";

/** A shard's record as it was found. */
export interface ScannedRecord {
  readonly name: string;
  readonly shard: number;
  /** Undefined for img2dataset's. */
  readonly own: ShardRecord | undefined;
  readonly counts: PeerStats;
  readonly outcomes: Readonly<Partial<Record<OutcomeCode, number>>>;
}

/** Calls `onRecord` for every record that can be read, in no order. Returns the names of shards whose record cannot be read. */
export async function scanRecords(output: string, onRecord: (record: ScannedRecord) => void): Promise<string[]> {
  const latest = await latestGenerations(output);
  const present = new Set(await storeAt(output).names());
  const pending = [...recordNames(present, latest)];
  const damaged: string[] = [];
  const readers = Array.from({ length: READERS }, async () => {
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      const record = await readOne(output, name, latest);
      if (record) onRecord(record);
      else damaged.push(name);
    }
  });
  await Promise.all(readers);
  return damaged.sort();
}

async function readOne(output: string, name: string, latest: Generations): Promise<ScannedRecord | undefined> {
  let value: Partial<ShardRecord> | null;
  try {
    const file = generationRecord(name, latest.get(name) ?? 0);
    value = JSON.parse(await storeAt(output).readText(file)) as Partial<ShardRecord> | null;
  } catch (error) {
    const code = errorCode(error);
    if (code !== undefined && code !== "ENOENT" && code !== "EISDIR") throw error;
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  const counts: PeerStats = value;
  const isOwn = value.format_version !== undefined;
  if (isOwn && !READABLE_RECORD_VERSIONS.includes(value.format_version ?? 0)) return undefined;
  const own = isOwn ? (value as ShardRecord) : undefined;
  return { name, shard: Number(name), own, counts, outcomes: own?.outcomes ?? peerOutcomes(counts) };
}

/** Whether the counts are there. The file may be foreign, and a torn record may still be JSON. */
function isRecord(value: Partial<ShardRecord> | null): value is Partial<ShardRecord> & PeerStats {
  const isNumber = (field: unknown) => typeof field === "number";
  if (typeof value?.status_dict !== "object" || value.status_dict === null) return false;
  return [value.count, value.successes, value.failed_to_download, value.failed_to_resize].every(isNumber);
}

function peerOutcomes({ status_dict, failed_to_resize }: PeerStats): Partial<Record<OutcomeCode, number>> {
  const outcomes: Partial<Record<OutcomeCode, number>> = {};
  let resizes = failed_to_resize;
  for (const [message, count] of Object.entries(status_dict)) {
    const status = message === "success" ? "success" : "failed_to_download";
    let code = outcomeOfPeer(status, message);
    // The counts do not say which status a message belongs to. A message that no failed download has is one of a failed resize.
    if (code === "connection_reset" && resizes >= count) code = "decode_failed";
    if (OUTCOMES[code].status === "failed_to_resize") resizes -= count;
    outcomes[code] = (outcomes[code] ?? 0) + count;
  }
  return outcomes;
}

/** The number of rows whose outcome may be another one at the next try. */
export function retryableCount(outcomes: Readonly<Partial<Record<OutcomeCode, number>>>): number {
  return (Object.entries(outcomes) as [OutcomeCode, number][]).reduce(
    (sum, [code, count]) => sum + (Object.hasOwn(OUTCOMES, code) && OUTCOMES[code].retryable ? count : 0),
    0,
  );
}
