// The clock that ends an attempt; it stops while the attempt waits for memory.
import { performance } from "node:perf_hooks";
import { onAbort } from "../core/on-abort.ts";
import { FailureError } from "./failure-error.ts";

/** Aborts its `signal` with a FailureError of `timeout` after `totalMs` of running time, or with the outer signal's reason. */
export class Deadline {
  readonly #totalMs: number;
  readonly #forgetOuter: () => void;
  readonly #stop = new AbortController();
  #elapsedMs = 0;
  #startedAtMs: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #hasEnded = false;

  constructor(totalMs: number, outer: AbortSignal) {
    this.#totalMs = totalMs;
    this.#forgetOuter = onAbort(outer, () => this.#stop.abort(outer.reason));
    this.resume();
  }

  /** Aborts when the time is over or the outer signal aborts. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Running time so far in milliseconds, without pauses. */
  get elapsedMs(): number {
    return this.#elapsedMs + (this.#startedAtMs === undefined ? 0 : performance.now() - this.#startedAtMs);
  }

  /** Stops the clock. */
  pause(): void {
    this.#elapsedMs = this.elapsedMs;
    this.#startedAtMs = undefined;
    clearTimeout(this.#timer);
  }

  /** Starts the clock again. */
  resume(): void {
    if (this.#hasEnded) return;
    this.#startedAtMs ??= performance.now();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#onTime, Math.max(0, this.#totalMs - this.elapsedMs));
  }

  /** Stops the clock for good and listens to the outer signal no longer. */
  end(): void {
    this.#hasEnded = true;
    this.pause();
    this.#forgetOuter();
  }

  readonly #onTime = () => this.#stop.abort(new FailureError("timeout", `not complete after ${this.#totalMs} ms`));
}
