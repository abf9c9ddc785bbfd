// A run that loses something in its middle which it cannot do without, has to wait for it, and gets it back.
import { runningPrep } from "./heard.ts";
import type { Job } from "./job.ts";

/** What is lost, and how it is seen that the run has noticed and goes on. */
export interface Outage {
  readonly begin: () => unknown;
  readonly end: () => unknown;
  readonly paused: RegExp;
  readonly resumed: RegExp;
  /** How long it lasts after the run has paused. */
  readonly lastsMs: number;
}

/** How a run came through an outage. */
export interface Survival {
  readonly code: number | null;
  readonly stderr: string;
  /** Requests that reached the site while it lasted. */
  readonly requestsMeanwhile: number;
}

/** Starts a job, and disturbs it when so many requests were answered. */
export async function runThrough(job: Job, name: string, afterRequests: number, outage: Outage): Promise<Survival> {
  const first = job.site.server.requests();
  const run = runningPrep(job.args(name));
  await run.until(() => job.site.server.requests() - first >= afterRequests);
  await outage.begin();
  await run.until(() => outage.paused.test(run.heard()));
  const before = job.site.server.requests();
  await new Promise((resolve) => setTimeout(resolve, outage.lastsMs));
  const requestsMeanwhile = job.site.server.requests() - before;
  if (outage.resumed.test(run.heard())) throw new Error(`it went on by itself: ${run.heard()}`);
  await outage.end();
  await run.until(() => outage.resumed.test(run.heard()));
  const { code, stderr } = await run.result;
  return { code, stderr, requestsMeanwhile };
}
