// Starts the picture server as a child process, off the event loop of the run.
import { type ChildProcess, fork } from "node:child_process";
import { builtEntryPoint } from "../core/entry-point.ts";
import type { BehaviourCounts, PictureServerOptions } from "./picture-server.ts";

/** A picture server in a process of its own. */
export interface PictureServerProcess {
  readonly port: number;
  counts(): Promise<BehaviourCounts>;
  /** Ends at once, whatever is under way. */
  close(): Promise<void>;
}

type Message = { readonly port: number } | { readonly id: number; readonly counts: BehaviourCounts };

/** Starts the server. It also ends when this process does. */
export async function startPictureServerProcess(options: PictureServerOptions): Promise<PictureServerProcess> {
  const entry = builtEntryPoint("demo/picture-server-process.js", import.meta.url);
  const child = fork(entry, [JSON.stringify(options)], { execArgv: [], stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  let asked = 0;
  const port = await answer(child, (message) => ("port" in message ? message.port : undefined));
  return {
    port,
    counts: () => {
      asked += 1;
      const id = asked;
      child.send(id);
      return answer(child, (message) => ("id" in message && message.id === id ? message.counts : undefined));
    },
    close: () => {
      child.kill("SIGKILL");
      return ended;
    },
  };
}

/** The first answer in which `read` finds something. Rejects if the child ends before. */
function answer<T>(child: ChildProcess, read: (message: Message) => T | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const done = (settle: () => void) => {
      child.off("message", onMessage);
      child.off("exit", onExit);
      child.off("error", reject);
      settle();
    };
    const onMessage = (message: unknown) => {
      const found = read(message as Message);
      if (found !== undefined) done(() => resolve(found));
    };
    const onExit = (code: number | null) => done(() => reject(new Error(`the picture server ended with code ${code}`)));
    child.on("message", onMessage);
    child.once("exit", onExit);
    child.once("error", reject);
  });
}
