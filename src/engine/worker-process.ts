// Starts worker processes, the first of them before its work is known.
import { type ChildProcess, fork } from "node:child_process";
import { addressSpaceFlags } from "./address-space.ts";

/** How a worker process is started. */
export interface WorkerProgram {
  /** The built file that runs `prep`, and the arguments with which it waits for a job. */
  readonly program: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Flags of Node for the workers, beside those of this process. */
  readonly nodeFlags?: readonly string[];
}

/** Starts a worker process. Some reasons why there is none are thrown, others are its `error`. */
export function forkWorker({ program, args, environment, nodeFlags = [] }: WorkerProgram): ChildProcess {
  return fork(program, [...args], {
    env: { ...environment },
    execArgv: [...process.execArgv, ...nodeFlags, ...addressSpaceFlags()],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    // A terminal's Ctrl-C must reach the conductor alone, which then stops its workers in order.
    detached: true,
  });
}

/** A worker process that loads its program while the plan is made: a third of the time to the first stored picture. */
export class EarlyWorker {
  #process: ChildProcess | undefined;

  /** Starts it; where there can be no process, the engine's own attempt will say why. */
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

  /** The process, once, unless it has ended. */
  take(): ChildProcess | undefined {
    const taken = this.#process?.off("error", this.#forget).off("exit", this.#forget);
    this.#forget();
    return taken;
  }

  /** Ends the process if nobody has taken it. */
  end(): void {
    this.#process?.kill("SIGKILL");
  }

  readonly #forget = (): void => {
    this.#process = undefined;
  };
}
