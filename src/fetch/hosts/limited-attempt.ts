// Runs an attempt within the limits of each host that it visits.
import { Attempt, type AttemptResult, type AttemptSettings, type HostObservation, type Visit } from "../attempt.ts";
import type { DownloadSlots } from "../download-slots.ts";
import { FailureError } from "../failure-error.ts";
import { retryAfterMs } from "../retry-policy.ts";
import type { HostLimits, LeaveHost } from "./host-limits.ts";

/** The limits of the requests, and how they are made. */
export interface LimitedAttemptSettings {
  readonly hosts: HostLimits;
  readonly slots: DownloadSlots;
  readonly attempt: AttemptSettings;
}

/**
 * Downloads `url` as `attempt` does, within the limits of each host that a redirect leads to and with a slot while a host is
 * asked. It leaves the host and its slot before it waits for the next host: two hosts that redirect to each other would otherwise
 * wait for each other. A host that is too busy is a failure like others.
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
      if (visit.observed) leave(hostAnswer(visit.observed));
      return visit;
    });
  } finally {
    leave();
  }
}

function hostAnswer({ status, headMs, retryAfter }: HostObservation) {
  return { status, headMs, retryAfterMs: retryAfterMs(retryAfter, Date.now()) };
}
