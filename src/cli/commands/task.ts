// The process edge: `prep task OUT --index N`, the one idempotent unit of work that every engine starts.
import { UsageError } from "../../core/errors.ts";
import { collectSooner } from "../../engine/collect-sooner.ts";
import type { ToWorker, WorkerJob } from "../../engine/messages.ts";
import { runOneTask, serveTasks } from "../../worker/worker.ts";
import type { OptionValues } from "../options/commander-options.ts";
import { stopSignal } from "../signals.ts";

/** Does one task, or serves many over the channel to the engine that started this process. */
export async function taskCommand(output: string, values: OptionValues): Promise<void> {
  collectSooner();
  if (values["serve"] === true) return await serve(output);
  const index = Number(values["index"]);
  if (!Number.isInteger(index) || index < 0) throw new UsageError("a task needs its number", "prep task OUT --index N");
  const signal = stopSignal(() => undefined);
  await runOneTask(output, values["run"] as string | undefined, index, {
    environment: process.env,
    now: Date.now,
    signal,
    notice: (text) => process.stderr.write(`notice: ${text}\n`),
  });
}

async function serve(output: string): Promise<void> {
  if (!process.send) throw new UsageError("--serve is for processes that prep starts itself", "prep task OUT --index N");
  const orphaned = new AbortController();
  // Without its engine a worker's shards may be taken by another one: it stops at once.
  const onGone = () => orphaned.abort(new Error("the engine is gone"));
  process.on("disconnect", onGone);
  // Killed while this process was starting: nobody was told.
  if (!process.connected) onGone();
  const job = await jobOf(orphaned.signal);
  if (job)
    await serveTasks(
      output,
      job,
      {
        send: (message) => {
          if (process.connected) process.send?.(message);
        },
        onMessage: (receive) => process.on("message", (message) => receive(message as ToWorker)),
      },
      { environment: process.env, now: Date.now, signal: orphaned.signal },
    );
  if (process.connected) process.disconnect();
}

/** The engine's first word; undefined where it has none for this process. */
function jobOf(orphaned: AbortSignal): Promise<WorkerJob | undefined> {
  return new Promise((resolve) => {
    process.once("message", (message: ToWorker) => resolve(message.kind === "open" ? message.job : undefined));
    orphaned.addEventListener("abort", () => resolve(undefined), { once: true });
    if (orphaned.aborted) resolve(undefined);
  });
}
