// Starts the server of bench:download in a process of its own, whose time counts for no side.
import { fork } from "node:child_process";
import { join } from "node:path";
import type { ServerJob, ServerReady } from "./image-server-process.ts";

/** A running server. */
export interface ImageServer extends ServerReady {
  close(): Promise<void>;
}

/** Starts the server; its images are in memory when this resolves. */
export async function startImageServer(job: ServerJob): Promise<ImageServer> {
  const child = fork(join(import.meta.dirname, "image-server-process.ts"), { execArgv: ["--import", "tsx"] });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const ready = await new Promise<ServerReady>((resolve, reject) => {
    child.once("message", (message) => resolve(message as ServerReady));
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the picture server ended with ${code}`)));
    child.send(job);
  });
  return {
    ...ready,
    close: () => {
      child.kill("SIGKILL");
      return ended;
    },
  };
}
