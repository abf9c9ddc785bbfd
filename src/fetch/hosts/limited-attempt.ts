// Fetch, between a fetcher and an attempt: each host on the way to a picture is asked in a turn of its own.
import { Attempt, type AttemptResult, type AttemptSettings, type Heard, type Visit } from "../attempt.ts";
import type { DownloadSlots } from "../download-slots.ts";
import { FailureError } from "../failure-error.ts";
import { retryAfterMs } from "../retry-policy.ts";
import type { HostLimits, LeaveHost } from "./host-limits.ts";

/** What bounds the requests, and how they are made. */
export interface LimitedAttemptSettings {
  readonly hosts: HostLimits;
  readonly slots: DownloadSlots;
  readonly attempt: AttemptSettings;
}

/**
 * Downloads `url` as `attempt` does, with a turn at each host that it is redirected to and a slot while one is asked. Turn and
 * slot are given back before it waits for the next turn, since two hosts that redirect to each other would else wait for each
 * other. A host that is too busy for one more is a failure like others.
 */
export async function attemptWithinLimits(url: URL, signal: AbortSignal, settings: LimitedAttemptSettings): Promise<AttemptResult> {
  const underWay = new Attempt(signal, settings.attempt);
  try {
    for (let target = url; ; ) {
      const leave = await settings.hosts.admit(target.hostname, signal, target !== url);
      const visit = await visitWithinLimits(underWay, target, signal, settings.slots, leave);
      if (!("movedTo" in visit)) return visit;
      target = visit.movedTo;
    }
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    return underWay.failed(error);
  } finally {
    underWay.end();
  }
}

async function visitWithinLimits(underWay: Attempt, url: URL, signal: AbortSignal, slots: DownloadSlots, leave: LeaveHost): Promise<Visit> {
  try {
    return await slots.run(signal, async () => {
      const visit = await underWay.visit(url);
      if (visit.heard) leave(answerOf(visit.heard));
      return visit;
    });
  } finally {
    leave();
  }
}

function answerOf({ status, headMs, retryAfter }: Heard) {
  return { status, headMs, retryAfterMs: retryAfterMs(retryAfter, Date.now()) };
}
