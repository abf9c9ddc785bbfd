// `prep task`: one task, or many for the engine that started this process.
export { collectSooner } from "../engine/collect-garbage-sooner.ts";
export type { ToWorker, WorkerJob } from "../engine/messages.ts";
export { runOneTask, serveTasks } from "../worker/worker.ts";
