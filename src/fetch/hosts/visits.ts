// Fetch, between a fetcher and an attempt: each host on the way to a picture is asked in a turn of its own.
import { Attempt, type AttemptResult, type AttemptSettings, type Heard, type Visit } from "../attempt.ts";
import { retryAfterMs } from "../backoff.ts";
import type { DownloadSlots } from "../download-slots.ts";
import { FailureError } from "../failure-error.ts";
import type { EndTurn, HostTurns } from "./host-turns.ts";

/** What bounds the requests, and how they are made. */
export interface VisitSettings {
  readonly hosts: HostTurns;
  readonly slots: DownloadSlots;
  readonly attempt: AttemptSettings;
}

/**
 * Downloads `url` as `attempt` does, with a turn at each host that it is redirected to and a slot while one is asked. Turn and
 * slot are given back before it waits for the next turn, since two hosts that redirect to each other would else wait for each
 * other. A host that is too busy for one more is a failure like others.
 */
export async function attemptInTurns(url: URL, signal: AbortSignal, settings: VisitSettings): Promise<AttemptResult> {
  const underWay = new Attempt(signal, settings.attempt);
  try {
    for (let target = url; ; ) {
      const endTurn = await settings.hosts.take(target.hostname, signal, target !== url);
      const visit = await visitInTurn(underWay, target, signal, settings.slots, endTurn);
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

async function visitInTurn(underWay: Attempt, url: URL, signal: AbortSignal, slots: DownloadSlots, endTurn: EndTurn): Promise<Visit> {
  try {
    return await slots.run(signal, async () => {
      const visit = await underWay.visit(url);
      if (visit.heard) endTurn(answerOf(visit.heard));
      return visit;
    });
  } finally {
    endTurn();
  }
}

function answerOf({ status, headMs, retryAfter }: Heard) {
  return { status, headMs, retryAfterMs: retryAfterMs(retryAfter, Date.now()) };
}
