// Shares the work on one output between starts: each does what no other has claimed.
import { sleep } from "../core/sleep.ts";
import { plural } from "../core/units.ts";
import type { RunEffects } from "../job/config.ts";
import { type Claim, claimedSubjects, claimSubject, isClaimed } from "../store/locks/claim.ts";

/** How long the workers of a killed start may take to stop. Every start waits that long, even without --wait. */
const LAST_WORK_MS = 10_000;
const LOOK_AGAIN_MS = 100;
const BRIEF_WAIT = `waiting ${LAST_WORK_MS / 1000} s for it, --wait waits until it ends`;

/** The hint for work that another start has. */
export const TRY_LATER = "Start the same command again when that one has ended, or with --wait to wait for it.";

/** The tasks that were not done. */
export interface TasksEnd {
  /** Tasks whose workers died. */
  readonly undone: readonly number[];
  /** Tasks that other processes have, with the subjects that these have claimed. */
  readonly busy: ReadonlyMap<number, ReadonlySet<string>>;
}

/**
 * Runs tasks by `work`. Tasks that another process has are run later, when that process has finished or died, unless `isDone` says
 * that they need no worker. Without `effects.waits`, tasks that others still have after ten seconds are returned as `busy`.
 */
export async function runSharedTasks(
  output: string,
  tasks: readonly number[],
  work: (tasks: readonly number[]) => Promise<TasksEnd>,
  isDone: (task: number) => Promise<boolean>,
  effects: RunEffects,
): Promise<TasksEnd> {
  const undone: number[] = [];
  const busy = new Map<number, ReadonlySet<string>>();
  const wait = waitOf(effects);
  for (let next = tasks; ; ) {
    const end = await work(next);
    undone.push(...end.undone);
    for (const [task, subjects] of end.busy) busy.set(task, subjects);
    if (busy.size === 0 || !(await wait.until(() => someFree(output, busy), busyText(output, countBusy(busy))))) return { undone, busy };
    next = [];
    for (const [task, subjects] of busy) {
      if (await areClaimed(output, subjects)) continue;
      busy.delete(task);
      if (!(await isDone(task))) next = [...next, task];
    }
  }
}

/** Emits a notice of how many shards other processes of this machine have, if any. */
export async function noticeOtherStarts(output: string, { emit }: RunEffects): Promise<void> {
  const shards = (await claimedSubjects(output)).filter((subject) => /^\d/.test(subject)).length;
  if (shards > 0) emit({ event: "notice", text: `${busyText(output, shards)}: this one takes only shards that nobody has` });
}

/**
 * Claims a subject as soon as no other process has it, and emits `text` if it has to wait. Undefined if another process still has it
 * after ten seconds; with `effects.waits` it waits without limit.
 */
export async function claimOrWait(output: string, subject: string, effects: RunEffects, text: string): Promise<Claim | undefined> {
  let claim: Claim | undefined;
  const isOurs = async () => {
    claim = await claimSubject(output, subject);
    return claim !== undefined;
  };
  await waitOf(effects).until(isOurs, text);
  return claim;
}

/** The wait of one start: one limit for everything it waits for, and one notice when it begins. */
function waitOf({ waits, signal, emit }: RunEffects) {
  let end: number | undefined;
  let isNoticed = false;
  return {
    until: async (isReached: () => Promise<boolean>, text: string): Promise<boolean> => {
      while (!(await isReached())) {
        end ??= performance.now() + LAST_WORK_MS;
        if (!isNoticed) emit({ event: "notice", text: `${text}; ${waits ? "waiting for it" : BRIEF_WAIT}` });
        isNoticed = true;
        if (!waits && performance.now() >= end) return false;
        await sleep(LOOK_AGAIN_MS, signal);
        signal.throwIfAborted();
      }
      return true;
    },
  };
}

async function someFree(output: string, busy: TasksEnd["busy"]): Promise<boolean> {
  for (const subjects of busy.values()) if (!(await areClaimed(output, subjects))) return true;
  return false;
}

async function areClaimed(output: string, subjects: ReadonlySet<string>): Promise<boolean> {
  for (const subject of subjects) if (await isClaimed(output, subject)) return true;
  return false;
}

/** The number of subjects that other processes have. */
export function countBusy(busy: TasksEnd["busy"]): number {
  return [...busy.values()].reduce((sum, subjects) => sum + subjects.size, 0);
}

/** The sentence that says what another start has. */
export function busyText(output: string, shards: number): string {
  return `another start is at work on ${plural(shards, "shard")} of ${output}`;
}
