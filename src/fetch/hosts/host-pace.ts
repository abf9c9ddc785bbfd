// How fast one host may be asked, learnt from its own answers alone.
import { MAX_RETRY_AFTER_MS } from "../retry-policy.ts";

/** What one request showed about its host. */
export interface HostAnswer {
  /** Status of the response; undefined if none came. */
  readonly status?: number | undefined;
  /** Milliseconds that a Retry-After asks for; 0 without one. */
  readonly retryAfterMs: number;
  /** Milliseconds from the request to the first response's head, or to the failure. */
  readonly headMs: number;
  /** When the request began, on the clock of `HostPace`. */
  readonly startedAtMs: number;
}

const FIRST_GAP_MS = 250;
const MAX_GAP_MS = 10_000;
const MIN_GAP_MS = 50;
const GAP_DECAY = 0.8;

/** An answer that is missing or late for this long holds other requests up. */
const SLOW_MS = 1000;
/** Fewer silent requests in a row may be chance. */
const MIN_SILENT_IN_A_ROW = 8;
/** An outage of our own can make a whole round of requests look silent as it begins, and another as it ends. */
const SILENT_ROUNDS = 3;

/**
 * The pace of one host. Without distress only the concurrency limits it. A 429 or 503 halves the concurrency, doubles the gap
 * between requests (250 ms to 10 s) and pauses for that gap, or for Retry-After, at most a minute at a time. A host that becomes
 * slow has its concurrency halved. Every good answer shortens the gap by a fifth, and as many good answers as the concurrency add
 * one to it: the additive increase, multiplicative decrease of TCP (RFC 5681). A host that does not answer at all keeps its
 * concurrency, because a request costs it nothing, but it is in distress until it answers.
 */
export class HostPace {
  readonly #maxConcurrency: number;
  #concurrency: number;
  #gapMs = 0;
  #notBeforeMs = 0;
  #distressedAtMs = Number.NEGATIVE_INFINITY;
  #goodInARow = 0;
  #silentInARow = 0;
  #hasComplained = false;
  /** The Retry-After of a second complaint in a row. */
  #repeatedPauseMs = 0;
  readonly #latency = new Latency(4, 32);

  constructor(maxConcurrency: number) {
    this.#maxConcurrency = maxConcurrency;
    this.#concurrency = maxConcurrency;
  }

  /** Requests that may be under way now. */
  get concurrency(): number {
    return this.#concurrency;
  }

  /** Least time in milliseconds between the starts of two requests. */
  get gapMs(): number {
    return this.#gapMs;
  }

  /** True until the host has recovered fully. */
  get isInDistress(): boolean {
    return this.#concurrency < this.#maxConcurrency || this.#gapMs > 0 || this.#isSilent;
  }

  /** Expected extra wait in milliseconds for each queued request, if the host goes on as it does. */
  get stepMs(): number {
    return Math.max(this.#gapMs, this.#repeatedPauseMs, this.#latency.recentMs / this.#concurrency);
  }

  get #isSilent(): boolean {
    return this.#silentInARow >= Math.max(MIN_SILENT_IN_A_ROW, SILENT_ROUNDS * this.#maxConcurrency);
  }

  /** Milliseconds that the next request has to wait. */
  waitMs(nowMs: number): number {
    return Math.max(0, this.#notBeforeMs - nowMs);
  }

  /** Records that a request starts. */
  started(nowMs: number): void {
    this.#notBeforeMs = Math.max(this.#notBeforeMs, nowMs + this.#gapMs);
  }

  /** Records that a request ended. `areAllSlow`: our own line is slow or silent, so slowness and silence say nothing about this host. */
  answered(answer: HostAnswer, nowMs: number, areAllSlow: boolean): void {
    if (answer.status !== undefined) this.#silentInARow = 0;
    if (answer.status === 429 || answer.status === 503) {
      this.#refused(answer, nowMs);
      return;
    }
    if (answer.status === undefined) {
      // A refused connection or an unknown name costs no time.
      if (areAllSlow || answer.headMs < SLOW_MS) return;
      this.#silentInARow += 1;
    }
    this.#latency.add(answer.headMs);
    if (this.#latency.hasRisen && !areAllSlow) {
      this.#latency.restartRecent();
      this.#goodInARow = 0;
      this.#concurrency = Math.max(1, Math.floor(this.#concurrency / 2));
    } else if (answer.status !== undefined) this.#recover();
  }

  #refused({ startedAtMs, retryAfterMs }: HostAnswer, nowMs: number): void {
    const pauseMs = Math.min(MAX_RETRY_AFTER_MS, retryAfterMs);
    // Requests that were under way when the host first complained say nothing new.
    if (startedAtMs >= this.#distressedAtMs) {
      this.#distressedAtMs = nowMs;
      this.#goodInARow = 0;
      this.#concurrency = Math.max(1, Math.floor(this.#concurrency / 2));
      this.#gapMs = Math.min(MAX_GAP_MS, Math.max(FIRST_GAP_MS, 2 * this.#gapMs));
      // A first Retry-After is a pause, after which many requests may pass. A second one, with no good answer in between, is the
      // host's pace.
      this.#repeatedPauseMs = this.#hasComplained ? pauseMs : 0;
      this.#hasComplained = true;
    }
    this.#notBeforeMs = Math.max(this.#notBeforeMs, nowMs + Math.max(pauseMs, this.#gapMs));
  }

  #recover(): void {
    this.#hasComplained = false;
    this.#repeatedPauseMs = 0;
    const gapMs = this.#gapMs * GAP_DECAY;
    this.#gapMs = gapMs < MIN_GAP_MS ? 0 : gapMs;
    this.#goodInARow += 1;
    if (this.#goodInARow < this.#concurrency) return;
    this.#goodInARow = 0;
    this.#concurrency = Math.min(this.#maxConcurrency, this.#concurrency + 1);
  }
}

/** Tells whether answers take longer than usual, by two moving averages over numbers of recent and of usual answers. */
export class Latency {
  readonly #recentAnswers: number;
  readonly #usualAnswers: number;
  #answers = 0;
  #recentMs = 0;
  #usualMs = 0;

  constructor(recentAnswers: number, usualAnswers: number) {
    this.#recentAnswers = recentAnswers;
    this.#usualAnswers = usualAnswers;
  }

  /** Adds one answer's time in milliseconds. */
  add(ms: number): void {
    this.#answers += 1;
    this.#recentMs += (ms - this.#recentMs) / Math.min(this.#answers, this.#recentAnswers);
    this.#usualMs += (ms - this.#usualMs) / Math.min(this.#answers, this.#usualAnswers);
  }

  /** How long the recent answers took, in milliseconds. */
  get recentMs(): number {
    return this.#recentMs;
  }

  /** Over a second, and over four times what is usual. */
  get hasRisen(): boolean {
    return this.#isOver(4);
  }

  /** Over a second, and over twice what is usual. */
  get isRising(): boolean {
    return this.#isOver(2);
  }

  #isOver(factor: number): boolean {
    return 2 * this.#answers >= this.#usualAnswers && this.#recentMs > SLOW_MS && this.#recentMs > factor * this.#usualMs;
  }

  /** Starts the recent average again, so that one rise is acted upon once. */
  restartRecent(): void {
    this.#recentMs = this.#usualMs;
  }
}
