// Fetch, inside host turns: how fast one host may be asked, learnt from its own answers alone.
import { MAX_RETRY_AFTER_MS } from "../retry-policy.ts";

/** What one request told about its host. */
export interface HostAnswer {
  /** Of the response; undefined where none came. */
  readonly status?: number | undefined;
  /** What a Retry-After asks for; 0 without one. */
  readonly retryAfterMs: number;
  /** From the request to the first response's head, or to giving up. */
  readonly headMs: number;
  /** When the request began, on the clock of `HostPace`. */
  readonly startedAtMs: number;
}

const FIRST_GAP_MS = 250;
const MAX_GAP_MS = 10_000;
const MIN_GAP_MS = 50;
const GAP_DECAY = 0.8;

/** From so long on a missing answer, or a late one, holds others up. */
const SLOW_MS = 1000;
/** Fewer silent requests in a row are an accident. */
const MIN_SILENT_IN_A_ROW = 8;
/** An outage of our own can make a whole round of turns look silent as it begins, and another as it ends. */
const SILENT_ROUNDS = 3;

/**
 * The pace of one host. Without distress nothing but the number of turns limits it. A 429 or 503 halves the turns, doubles
 * the gap between requests (250 ms to 10 s) and pauses for that gap, or for Retry-After, at most a minute at a time; a
 * host that becomes slow has its turns halved. Every good answer shortens the gap by a fifth, and as many as there are
 * turns add one: the additive increase, multiplicative decrease of TCP (RFC 5681). A host that does not answer at all keeps
 * its turns, since each of them costs it nothing, but counts as in distress until it says something.
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

  /** Least time between the starts of two requests. */
  get gapMs(): number {
    return this.#gapMs;
  }

  /** True until the host has recovered fully. */
  get isInDistress(): boolean {
    return this.#concurrency < this.#maxConcurrency || this.#gapMs > 0 || this.#isSilent;
  }

  /** How long each that waits for it makes the next one wait, if the host goes on as it does. */
  get stepMs(): number {
    return Math.max(this.#gapMs, this.#repeatedPauseMs, this.#latency.recentMs / this.#concurrency);
  }

  get #isSilent(): boolean {
    return this.#silentInARow >= Math.max(MIN_SILENT_IN_A_ROW, SILENT_ROUNDS * this.#maxConcurrency);
  }

  /** How long the next request has to wait. */
  waitMs(nowMs: number): number {
    return Math.max(0, this.#notBeforeMs - nowMs);
  }

  /** A request starts. */
  started(nowMs: number): void {
    this.#notBeforeMs = Math.max(this.#notBeforeMs, nowMs + this.#gapMs);
  }

  /** A request ended. `areAllSlow`: our own line is slow or silent, so that slowness and silence say nothing about this host. */
  answered(answer: HostAnswer, nowMs: number, areAllSlow: boolean): void {
    if (answer.status !== undefined) this.#silentInARow = 0;
    if (answer.status === 429 || answer.status === 503) {
      this.#refused(answer, nowMs);
      return;
    }
    if (answer.status === undefined) {
      // A refused connection or an unknown name costs nobody time.
      if (areAllSlow || answer.headMs < SLOW_MS) return;
      this.#silentInARow += 1;
    }
    this.#latency.add(answer.headMs);
    if (this.#latency.hasRisen && !areAllSlow) {
      this.#latency.forgive();
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
      // Once, it is a pause after which many may pass; again, with no good answer in between, it is the host's pace.
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

/** Whether answers take longer than they used to: two moving averages, over so many recent and so many usual answers. */
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

  /** Takes one answer's time. */
  add(ms: number): void {
    this.#answers += 1;
    this.#recentMs += (ms - this.#recentMs) / Math.min(this.#answers, this.#recentAnswers);
    this.#usualMs += (ms - this.#usualMs) / Math.min(this.#answers, this.#usualAnswers);
  }

  /** How long the recent answers took. */
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

  /** Begins the recent answers anew, so that one rise is acted upon once. */
  forgive(): void {
    this.#recentMs = this.#usualMs;
  }
}
