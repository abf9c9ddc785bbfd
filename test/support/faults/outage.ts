// A run that loses its network or name server halfway, waits, and gets it back.
import { startPrep } from "../run-prep.ts";
import type { Job } from "./job.ts";

/** What is lost, and which notices show that the run paused and went on. */
export interface Outage {
  readonly begin: () => unknown;
  readonly end: () => unknown;
  readonly paused: RegExp;
  readonly resumed: RegExp;
  /** How long the outage lasts after the run has paused. */
  readonly lastsMs: number;
}

/** How a run came through an outage. */
export interface Survival {
  readonly code: number | null;
  readonly stderr: string;
  /** Requests that reached the site during the outage. */
  readonly requestsMeanwhile: number;
}

/** Runs a job whose outage begins after this many requests. Throws if the run goes on before the outage ends. */
export async function runThrough(job: Job, name: string, afterRequests: number, outage: Outage): Promise<Survival> {
  const first = job.site.server.requests();
  const run = startPrep(job.args(name));
  await run.until(() => job.site.server.requests() - first >= afterRequests);
  await outage.begin();
  await run.until(() => outage.paused.test(run.stderrSoFar()));
  const before = job.site.server.requests();
  await new Promise((resolve) => setTimeout(resolve, outage.lastsMs));
  const requestsMeanwhile = job.site.server.requests() - before;
  if (outage.resumed.test(run.stderrSoFar())) throw new Error(`the run went on during the outage: ${run.stderrSoFar()}`);
  await outage.end();
  await run.until(() => outage.resumed.test(run.stderrSoFar()));
  const { code, stderr } = await run.result;
  return { code, stderr, requestsMeanwhile };
}
