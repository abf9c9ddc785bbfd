// Shares the work on one output between starts: each does what no other has claimed.
import { sleep } from "../core/sleep.ts";
import { plural } from "../core/units.ts";
import type { RunEffects } from "../job/config.ts";
import { type Claim, claimedSubjects, claimSubject, isClaimed } from "../store/locks/claim.ts";

/** How long workers of a start that was killed may take to see it: nobody has to ask for this wait. */
const LAST_WORK_MS = 10_000;
const LOOK_AGAIN_MS = 100;
const BRIEF_WAIT = `waiting ${LAST_WORK_MS / 1000} s for it, --wait waits until it ends`;

/** What to do about work that another start has. */
export const TRY_LATER = "Start the same command again when that one has ended, or with --wait to wait for it.";

/** What became of tasks. */
export interface TasksEnd {
  /** Left undone since their workers died. */
  readonly undone: readonly number[];
  /** Left to other processes, with the subjects that these have claimed. */
  readonly busy: ReadonlyMap<number, ReadonlySet<string>>;
}

/**
 * Does tasks, and those that others were at work on when they no longer are, whether they finished or died. `isDone` says what needs
 * no worker any more. Without `waits` the tasks that others have after ten seconds are returned as `busy`.
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
  const patience = patienceOf(effects);
  for (let next = tasks; ; ) {
    const end = await work(next);
    undone.push(...end.undone);
    for (const [task, subjects] of end.busy) busy.set(task, subjects);
    if (busy.size === 0 || !(await patience.until(() => someFree(output, busy), busyText(output, countBusy(busy)))))
      return { undone, busy };
    next = [];
    for (const [task, subjects] of busy) {
      if (await areClaimed(output, subjects)) continue;
      busy.delete(task);
      if (!(await isDone(task))) next = [...next, task];
    }
  }
}

/** Says how many shards other processes of this machine are at work on, if there are any. */
export async function noticeOtherStarts(output: string, { emit }: RunEffects): Promise<void> {
  const shards = (await claimedSubjects(output)).filter((subject) => /^\d/.test(subject)).length;
  if (shards > 0) emit({ event: "notice", text: `${busyText(output, shards)}: this one takes only shards that nobody has` });
}

/** Claims a subject as soon as no other process has it; undefined where it has it still, ten seconds later or, with `waits`, never. */
export async function claimOrWait(output: string, subject: string, effects: RunEffects, text: string): Promise<Claim | undefined> {
  let claim: Claim | undefined;
  const isOurs = async () => {
    claim = await claimSubject(output, subject);
    return claim !== undefined;
  };
  await patienceOf(effects).until(isOurs, text);
  return claim;
}

/** A wait of one start, which has one time to wait for all that it waits for; it is told when it begins. */
function patienceOf({ waits, signal, emit }: RunEffects) {
  let end: number | undefined;
  let isTold = false;
  return {
    until: async (isReached: () => Promise<boolean>, text: string): Promise<boolean> => {
      while (!(await isReached())) {
        end ??= performance.now() + LAST_WORK_MS;
        if (!isTold) emit({ event: "notice", text: `${text}; ${waits ? "waiting for it" : BRIEF_WAIT}` });
        isTold = true;
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

/** How many subjects other processes have. */
export function countBusy(busy: TasksEnd["busy"]): number {
  return [...busy.values()].reduce((sum, subjects) => sum + subjects.size, 0);
}

/** What another start has, in words. */
export function busyText(output: string, shards: number): string {
  return `another start is at work on ${plural(shards, "shard")} of ${output}`;
}
