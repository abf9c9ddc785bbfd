// `prep task OUT --index N`: one task, the idempotent unit of work that every engine starts.
import { UsageError } from "../../core/errors.ts";
import { collectSooner, runOneTask, serveTasks, type ToWorker, type WorkerJob } from "../../run/task.ts";
import { stopSignal } from "../signals.ts";
import type { VerbCall } from "../verb.ts";

/** Does one task, or many that the engine that started this process sends over its channel. */
export async function taskCommand({ words, values }: VerbCall): Promise<void> {
  const [output = ""] = words;
  collectSooner();
  if (values["serve"] === true) return await serve(output);
  const index = values["index"] as number | undefined;
  if (index === undefined) throw new UsageError("a task needs its number", "prep task OUT --index N");
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
  // Another worker may take the shards of a worker without its engine, so it stops at once.
  const onGone = () => orphaned.abort(new Error("the engine is gone"));
  process.on("disconnect", onGone);
  // An engine that was killed while this process started sends no event.
  if (!process.connected) onGone();
  const job = await firstJob(orphaned.signal);
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

/** The job in the engine's first message; undefined if it has none for this process. */
function firstJob(orphaned: AbortSignal): Promise<WorkerJob | undefined> {
  return new Promise((resolve) => {
    process.once("message", (message: ToWorker) => resolve(message.kind === "open" ? message.job : undefined));
    orphaned.addEventListener("abort", () => resolve(undefined), { once: true });
    if (orphaned.aborted) resolve(undefined);
  });
}
