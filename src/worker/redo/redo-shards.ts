// Makes further generations of shards in worker processes, and refreshes the summaries.
import { shardName } from "../../core/keys.ts";
import { formatCount } from "../../core/units.ts";
import type { DownloadSettings, RunEffects } from "../../job/config.ts";
import { busyText, countBusy, noticeOtherStarts, runSharedTasks, TRY_LATER } from "../../output/concurrent-starts.ts";
import { SIZES } from "../../output/names/output-names.ts";
import type { StoredPlan } from "../../output/plans/download-plan.ts";
import { readState } from "../../output/records/committed-shards.ts";
import { GENERATIONS } from "../../output/records/generations.ts";
import { RUN_RECORD } from "../../output/records/run-record.ts";
import { RunProgress } from "../../output/status/run-progress.ts";
import { sizesText } from "../../output/verify/verify-summaries.ts";
import { outputFormat } from "../../shard/output-formats.ts";
import { withProcessLock } from "../../store/locks/process-lock.ts";
import { insistOnMembers } from "../../store/own-members.ts";
import { sealedText } from "../../store/seal.ts";
import { storeAt } from "../../store/store-at.ts";
import type { DiskWait } from "../../store/wait-for-disk.ts";
import { conductNotices } from "../conduct-notices.ts";
import { withDiskWait } from "../disk-wait.ts";
import { checkProxies } from "../proxies.ts";
import { runTasks } from "../run-tasks.ts";
import type { RedoJob } from "./redo-job.ts";

/** Finishes publications that were cut short, since the current generations are redone, and then removes files of dead processes. */
export async function settleOutput(output: string, plans: readonly StoredPlan[]): Promise<void> {
  for (const { plan } of plans) await readState(output, plan);
  // Last, since the lock of a dead process is removed only when its attempts are.
  await storeAt(output).removeDeadFiles();
}

/** Makes the next generation of every shard of a job. Returns how many are left undone: their workers died, or another start has them. */
export async function redoShards(output: string, job: RedoJob, effects: RunEffects, progress: RunProgress): Promise<number> {
  if (job.shards.length === 0) return 0;
  await checkProxies(job.settings, effects.environment);
  const samples = job.shards.length * job.plan.shape.samplesPerShard;
  for (const text of conductNotices(job.settings, samples, effects.environment)) effects.emit({ event: "notice", text });
  return await redoInWorkers(output, job, effects, progress);
}

/** The same within a download, which has emitted its notices already and whose progress counts only the rows to come. */
export async function redoRefused(output: string, job: RedoJob, effects: RunEffects): Promise<number> {
  const shards = formatCount(job.shards.length);
  const text = `rows of ${shards} finished shard${job.shards.length === 1 ? "" : "s"} were refused by options that have changed: these are done again first`;
  effects.emit({ event: "notice", text });
  const emit: RunEffects["emit"] = (event) => {
    if (event.event !== "download_progress") effects.emit(event);
  };
  return await redoInWorkers(output, job, { ...effects, emit }, new RunProgress(0));
}

async function redoInWorkers(output: string, job: RedoJob, effects: RunEffects, progress: RunProgress): Promise<number> {
  if (outputFormat(job.plan.shape.outputFormat).isFolder)
    for (const { shard } of job.shards) await insistOnMembers(storeAt(output), shardName(shard, job.plan.shape.shardDigits));
  await storeAt(output).makeFolder(GENERATIONS);
  return await withProcessLock(output, () => redoUnderLock(output, job, effects, progress));
}

async function redoUnderLock(output: string, job: RedoJob, effects: RunEffects, progress: RunProgress): Promise<number> {
  const store = storeAt(output);
  const file = store.temporaryName("redo");
  await store.replace(file, JSON.stringify(job));
  try {
    const tasks = job.shards.map((_, task) => task);
    await noticeOtherStarts(output, effects);
    const work = (some: readonly number[]) => runTasks(output, { redo: file }, some, job.settings, effects, progress);
    const { undone, busy } = await runSharedTasks(output, tasks, work, async () => false, effects);
    if (busy.size > 0) effects.emit({ event: "notice", text: `${busyText(output, countBusy(busy))}, and has these. ${TRY_LATER}` });
    return undone.length + busy.size;
  } finally {
    await store.remove(file);
    // Workers that died may have left some.
    await storeAt(output).removeDeadFiles();
  }
}

/** Writes `sizes.json` and the sums in `run.json` again, from the records. */
export async function refreshSummaries(
  output: string,
  plans: readonly StoredPlan[],
  settings: DownloadSettings,
  effects: RunEffects,
): Promise<void> {
  const last = plans.at(-1);
  if (!last) return;
  await withProcessLock(output, async () => {
    await withDiskWait(output, settings, effects, (diskWait) => writeSummaries(output, plans, last, diskWait));
    await storeAt(output).removeDeadFiles();
  });
}

async function writeSummaries(output: string, plans: readonly StoredPlan[], last: StoredPlan, diskWait: DiskWait): Promise<void> {
  const store = storeAt(output);
  const state = await readState(output, last.plan);
  const sizes = sizesText(new Map(Object.entries(state.sizes)));
  await diskWait.retrying(() => store.replace(SIZES, sizes));
  const record = await store.readText(RUN_RECORD).then(
    (text) => JSON.parse(text) as { readonly run: string; readonly digest?: string; readonly funnel: object },
    () => undefined,
  );
  const plan = plans.find((stored) => stored.plan.run === record?.run)?.plan;
  // Without run.json the last start was cut short, and the next one writes it.
  if (!record || !plan) return;
  const { digest: _digest, ...rest } = record;
  const { totals } = plan === last.plan ? state : await readState(output, plan);
  const { count: _count, ...counts } = totals;
  const text = sealedText({ ...rest, funnel: { ...record.funnel, ...counts } });
  await diskWait.retrying(() => store.replace(RUN_RECORD, text));
}
