// The parent's side of one decoder process: start, send, receive, kill, notice its end.
import { type ChildProcess, fork } from "node:child_process";
import { builtEntryPoint } from "../../core/entry-point.ts";
import type { DecodeNote } from "./decode-note.ts";
import type { DecodeJob, DecodeReply, DecodeRequest, DecodeResult } from "./decoder-messages.ts";

/** One picture on its way through the pool. */
export interface DecodeTask {
  readonly id: number;
  readonly body: Buffer;
  readonly job: DecodeJob;
  readonly note: DecodeNote | undefined;
  readonly settle: (result: DecodeResult) => void;
  readonly fail: (error: Error) => void;
  /** How many processes died with this picture inside, including those of earlier attempts. */
  crashes: number;
  isTimedOut: boolean;
}

/** What a decoder process tells the pool. */
export interface DecoderChildEvents {
  readonly ready: (child: DecoderChild) => void;
  readonly answered: (child: DecoderChild, task: DecodeTask, result: DecodeResult) => void;
  /** Called once, when the process has ended or could not start. `inside` still has the pictures that it held. */
  readonly gone: (child: DecoderChild) => void;
}

const ENTRY_POINT = builtEntryPoint("transform/decoder/decoder-process.js", import.meta.url);
const KEPT_STDERR_CHARACTERS = 2000;
// libvips gives up at the limit by itself, but checks only between tiles. At twice the limit the process is killed.
const WALL_FACTOR = 2;

/** A running decoder process and the pictures inside it. */
export class DecoderChild {
  readonly inside = new Map<number, DecodeTask>();
  /** Resolves when the process has ended. */
  readonly ended: Promise<void>;
  isReady = false;
  readonly #process: ChildProcess;
  readonly #timers = new Map<number, NodeJS.Timeout>();
  readonly #events: DecoderChildEvents;
  #stderr = "";

  /** Starts a process with this environment and this many threads for pictures. */
  constructor(environment: Readonly<Record<string, string | undefined>>, threads: number, events: DecoderChildEvents) {
    this.#events = events;
    this.#process = fork(ENTRY_POINT, {
      serialization: "advanced",
      // The parent's flags, such as a test runner's loader, are not for the child.
      execArgv: [],
      // Reading certificates, which a decoder never needs, would take 0.1 s of its start.
      env: { ...environment, NODE_EXTRA_CA_CERTS: undefined, UV_THREADPOOL_SIZE: String(threads), MALLOC_ARENA_MAX: "2" },
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.#process.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-KEPT_STDERR_CHARACTERS);
    });
    this.#process.on("message", (reply: DecodeReply) => this.#hear(reply));
    this.ended = new Promise((resolve) => {
      const end = () => {
        this.#process
          .removeListener("exit", end)
          .removeListener("error", end)
          .on("error", () => undefined);
        for (const timer of this.#timers.values()) clearTimeout(timer);
        resolve();
        events.gone(this);
      };
      this.#process.once("exit", end).once("error", end);
    });
  }

  /** The process id; undefined if it could not start. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** The last line that the process wrote to stderr; empty if it wrote none. */
  get lastWords(): string {
    return this.#stderr.trimEnd().split("\n").at(-1) ?? "";
  }

  /** Sends a picture and starts its deadline. */
  send(task: DecodeTask): void {
    this.inside.set(task.id, task);
    const deadline = () => {
      task.isTimedOut = true;
      this.kill();
    };
    this.#timers.set(task.id, setTimeout(deadline, task.job.options.decodeTimeoutMs * WALL_FACTOR));
    const request: DecodeRequest = { id: task.id, body: task.body, job: task.job };
    // A failure to send means that the process is ending: `gone` follows.
    this.#process.send(request, () => undefined);
  }

  /** Ends the process at once, whatever native code is doing. */
  kill(): void {
    this.#process.kill("SIGKILL");
  }

  #hear(reply: DecodeReply): void {
    if ("ready" in reply) {
      this.isReady = true;
      this.#events.ready(this);
      return;
    }
    const task = this.inside.get(reply.id);
    if (!task) return;
    this.inside.delete(reply.id);
    clearTimeout(this.#timers.get(reply.id));
    this.#timers.delete(reply.id);
    this.#events.answered(this, task, reply.result);
  }
}
