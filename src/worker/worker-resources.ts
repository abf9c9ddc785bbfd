// Opens what all shards of a worker process share, by the plan and the settings.
import { Budget } from "../core/budget.ts";
import { sleep } from "../core/sleep.ts";
import type { WorkerJob } from "../engine/messages.ts";
import { createFetcher, type Fetcher } from "../fetch/fetcher.ts";
import { type WatchedFetcher, watchOutages } from "../fetch/hosts/outage.ts";
import { watchOutagesByProxy } from "../fetch/hosts/outages-by-proxy.ts";
import type { BlockList } from "../fetch/rights/block-list.ts";
import type { DecidingValues } from "../manifest/shard-record.ts";
import { readBlockList } from "../output/plans/block-list-file.ts";
import { decidingValues } from "../output/plans/deciding-options.ts";
import { type DownloadPlan, readPlan, readSettings } from "../output/plans/download-plan.ts";
import { PauseNotes } from "../output/status/pause-notes.ts";
import { ProgressNote } from "../output/status/progress-notes.ts";
import type { WorkerProgress } from "../output/status/worker-progress.ts";
import { Database } from "../sql/database.ts";
import { holdProcessLock } from "../store/locks/process-lock.ts";
import type { DiskWait } from "../store/wait-for-disk.ts";
import { createTransformer, type Transformer } from "../transform/transformer.ts";
import { hostConnectionsOfWorker } from "./conduct-notices.ts";
import { downloadsInFlight, MAX_OPEN_SHARDS, workerConnectionLimit } from "./descriptors.ts";
import { diskWaitOf, longestWaitMs, type Notice } from "./disk-wait.ts";
import { downloadProxies } from "./proxies.ts";
import { type RedoJob, readRedoJob } from "./redo/redo-job.ts";
import { RefusalGate } from "./refusals/refusal-gate.ts";

/** Downloaded bodies that are not packed yet, for each worker: more than decoders take in a second. */
const MAX_BODY_BYTES = 24 * 2 ** 20;

/** Packed samples that wait for their turn in a shard, for each worker: up to this in memory, beyond it on disk. */
const MAX_WAITING_BYTES = 8 * 2 ** 20;

/** A worker's database reads row ranges and writes sidecars. A row group of a million rows, as Spark writes, must fit. */
const DATABASE_BYTES = 700e6;

/** Samples begun for each download slot, so that slots stay busy while samples wait for a retry, a decoder or the disk. */
const SAMPLES_PER_SLOT = 4;

/** What a worker needs from its process. */
export interface WorkerEffects {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly notice: Notice;
  /** Called with every URL whose host has answered. */
  readonly onAnswer?: (url: string) => void;
}

/** What a worker has open for all its shards. */
export interface ShardResources {
  readonly output: string;
  readonly plan: DownloadPlan;
  /** The options that decide over rows. */
  readonly deciding: DecidingValues;
  readonly database: Database;
  readonly fetcher: Fetcher;
  readonly blockList: BlockList | undefined;
  readonly transformer: Transformer;
  /** Samples begun and not yet packed or failed, in all open shards. */
  readonly samples: Budget;
  /** Bytes of packed samples that wait for their turn in memory, in all open shards. */
  readonly waitingBytes: Budget;
  /** Holds samples back while one option has refused all finished ones. */
  readonly gate: RefusalGate;
  /** Repeats writes while the disk is full. */
  readonly diskWait: DiskWait;
  readonly now: () => number;
  readonly progress: WorkerProgress;
  /** Called with the number of samples of a shard that are skipped because they killed workers. */
  readonly onKillers?: (shard: string, killers: number) => void;
}

/** What a worker process opens, and how it is closed. */
export type WorkerResources = ShardResources & {
  readonly job: RedoJob | undefined;
  readonly openShards: Budget;
  readonly fetcher: WatchedFetcher;
  readonly close: () => Promise<void>;
};

/** Opens what all shards of a worker share. Throws OutputError if the plan, the settings or the block list cannot be read. */
export async function openResources(
  output: string,
  { run, redo, workers = 1, isOnTrial = false }: WorkerJob,
  effects: WorkerEffects,
  progress: WorkerProgress,
): Promise<WorkerResources> {
  const job = redo === undefined ? undefined : await readRedoJob(output, redo);
  const plan = job?.plan ?? (await readPlan(output, run));
  const maxConnections = workerConnectionLimit();
  const settings = job?.settings ?? (await readSettings(output));
  const blockList: BlockList | undefined = plan.shape.blockList ? await readBlockList(output, plan.shape.blockList) : undefined;
  const inFlight = downloadsInFlight(settings.downloadsPerProcess, maxConnections);
  const bytes = new Budget(MAX_BODY_BYTES);
  const proxies = downloadProxies(settings, effects.environment);
  const fetcher = createFetcher({
    timeoutMs: settings.timeoutMs,
    totalTimeoutMs: settings.totalTimeoutMs,
    retries: settings.retries,
    maxImageBytes: settings.maxImageBytes,
    maxInFlight: inFlight,
    ...(maxConnections === undefined ? {} : { maxConnections }),
    bytes,
    connectionsPerHost: hostConnectionsOfWorker(settings, workers),
    allowPrivateNetwork: settings.allowPrivateNetwork,
    allowedPorts: settings.allowedPorts,
    robots: settings.robots,
    ...(blockList ? { blocks: (url: URL) => blockList.ofUrl(url) } : {}),
    dnsServers: settings.dnsServers,
    disallowedDirectives: settings.disallowedDirectives,
    honourTdmReservation: settings.honourTdmReservation,
    userAgent: settings.userAgent,
    ...(settings.userAgentToken === undefined ? {} : { userAgentToken: settings.userAgentToken }),
    insecureTls: settings.insecureTls,
    ...(proxies ? { proxies } : {}),
  });
  const pauses = new PauseNotes(output, effects.now);
  const notice: Notice = (text, pause) => {
    if (pause) pauses.told(text, pause);
    effects.notice(text, pause);
  };
  const watched = watchOutagesByProxy(fetcher, proxies, (proxy) =>
    watchOutages(fetcher, {
      maxOutageMs: longestWaitMs(settings),
      proxy,
      now: () => performance.now(),
      sleep,
      onNotice: (text, isOver) => notice(text, { of: "network", isOver }),
      onAnswer: effects.onAnswer,
    }),
  );
  const transformer = createTransformer(plan.shape.transform, {
    environment: effects.environment,
    processes: 1,
    threadsPerProcess: settings.decoderThreads,
  });
  const diskWait = diskWaitOf(output, settings, effects.signal, notice);
  const release = await diskWait.retrying(() => holdProcessLock(output));
  // Opened last: an open database and a decoder keep the process alive if something else here throws.
  const database = await Database.open({ threads: 1, memoryLimitBytes: DATABASE_BYTES, givesMemoryBack: true });
  transformer.warm();
  const note = new ProgressNote(output, progress);
  return {
    output,
    plan,
    deciding: decidingValues(settings, plan.shape),
    gate: new RefusalGate(isOnTrial),
    job,
    database,
    fetcher: watched,
    blockList,
    transformer,
    samples: new Budget(inFlight * SAMPLES_PER_SLOT),
    waitingBytes: new Budget(MAX_WAITING_BYTES),
    openShards: new Budget(MAX_OPEN_SHARDS),
    diskWait,
    now: effects.now,
    progress,
    close: async () => {
      await note.close();
      await watched.close();
      await transformer.close();
      await pauses.close();
      database.close();
      await release();
    },
  };
}
