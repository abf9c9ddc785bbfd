// Starts worker processes, the first of them before its work is known.
import { type ChildProcess, fork } from "node:child_process";
import { addressSpaceFlags } from "./address-space.ts";

/** How a worker process is started. */
export interface WorkerProgram {
  /** The built file of `prep`, and the arguments with which it waits for a job. */
  readonly program: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Node flags for the workers, besides those of this process. */
  readonly nodeFlags?: readonly string[];
}

/** Starts a worker process. If that fails, some errors are thrown and others are emitted as `error`. */
export function forkWorker({ program, args, environment, nodeFlags = [] }: WorkerProgram): ChildProcess {
  return fork(program, [...args], {
    env: { ...environment },
    execArgv: [...process.execArgv, ...nodeFlags, ...addressSpaceFlags()],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    // A terminal's Ctrl-C must reach only the main process, which then stops its workers in order.
    detached: true,
  });
}

/** A worker process that loads its program while the plan is made. Loading is a third of the time to the first stored image. */
export class EarlyWorker {
  #process: ChildProcess | undefined;

  /** Starts the process. If that fails, the engine's own attempt will report why. */
  constructor(program: WorkerProgram) {
    try {
      this.#process = forkWorker(program);
      this.#process.once("error", this.#forget).once("exit", this.#forget);
    } catch {
      this.#forget();
    }
  }

  /** Whether there is a process to take. */
  get isAlive(): boolean {
    return this.#process !== undefined;
  }

  /** Takes the process, once; undefined if it has ended. */
  take(): ChildProcess | undefined {
    const taken = this.#process?.off("error", this.#forget).off("exit", this.#forget);
    this.#forget();
    return taken;
  }

  /** Ends the process unless it was taken. */
  end(): void {
    this.#process?.kill("SIGKILL");
  }

  readonly #forget = (): void => {
    this.#process = undefined;
  };
}
