// One attempt: a GET with its redirects under one deadline, with the same checks for every hop.
import type { Dispatcher } from "undici";
import type { Budget } from "../core/budget.ts";
import type { Failure, FailureCode } from "../core/outcome.ts";
import { BodyReader } from "./body.ts";
import type { BodyGrowth } from "./body-growth.ts";
import { failureOfError, failureOfStatus, wholeRange } from "./classify-failure.ts";
import { Deadline } from "./deadline.ts";
import { FailureError } from "./failure-error.ts";
import { blockListed, type TargetChecks } from "./fetch-target.ts";
import { brokeAfterUse } from "./guard/connector.ts";
import { parseTarget } from "./guard/target-url.ts";
import { type BodySink, exchange, type Head } from "./http-exchange.ts";
import { type DirectiveRules, optOutOf } from "./rights/opt-out-headers.ts";

/** Settings that all attempts of a fetcher share. */
export interface AttemptSettings extends DirectiveRules {
  readonly dispatcher: Dispatcher;
  readonly headers: Readonly<Record<string, string>>;
  readonly totalTimeoutMs: number;
  readonly maxImageBytes: number;
  readonly bytes: Budget;
  readonly growth: BodyGrowth;
  /** Takes the first `maxImageBytes` of a longer body instead of failing. */
  readonly isCut?: boolean;
  /** What the target of every redirect must pass. The caller has checked the first URL. */
  readonly target: TargetChecks;
  /** The failure if robots.txt forbids a URL. Asked for every hop before its request. `deadline` ends the wait; `signal` is the run's. */
  readonly robotsRefusal?: (url: URL, deadline: AbortSignal, signal: AbortSignal) => Promise<Failure | undefined>;
}

/**
 * How an attempt ended. `elapsedMs` excludes waits for memory and for hosts. `isAsked` is false if a rule forbade even the first request.
 * `httpStatus` is that of the last response, if there was one.
 */
export type AttemptResult = {
  readonly elapsedMs: number;
  readonly isAsked: boolean;
  readonly httpStatus?: number;
} & (
  | { readonly ok: true; readonly body: Buffer; readonly httpStatus: number; readonly contentType?: string; readonly release: () => void }
  | { readonly ok: false; readonly failure: Failure; readonly retryAfter?: string }
);

/**
 * What one host showed of itself: its last status and Retry-After, if any, and the time in milliseconds to its first head or to the
 * failure.
 */
export interface HostObservation {
  readonly status: number | undefined;
  readonly retryAfter: string | undefined;
  readonly headMs: number;
}

/** The part of an attempt at one host: its end, or the URL that it redirects to. `observed` is missing if the host was not asked. */
export type Visit = (AttemptResult | { readonly ok: false; readonly movedTo: URL }) & { readonly observed?: HostObservation };

const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Refusals before any request for the picture. They say nothing about the host. */
const RULE_CODES: ReadonlySet<FailureCode> = new Set(["robots_disallowed", "robots_unavailable", "block_listed"]);

/** Downloads `url`. Rejects with the signal's reason when it aborts, and with errors that are defects of ours; all else is a result. */
export async function attempt(url: URL, signal: AbortSignal, settings: AttemptSettings): Promise<AttemptResult> {
  const underWay = new Attempt(signal, settings);
  try {
    for (let target = url; ; ) {
      const visit = await underWay.visit(target);
      if (!("movedTo" in visit)) return visit;
      target = visit.movedTo;
    }
  } finally {
    underWay.end();
  }
}

/** An attempt under way. Its clock runs during visits. Call `end` when done with it. */
export class Attempt {
  readonly #settings: AttemptSettings;
  readonly #signal: AbortSignal;
  readonly #deadline: Deadline;
  readonly #visited = new Set<string>();
  #head: Head | undefined;
  #isAsked = false;
  #reader: BodyReader | undefined;
  #visit: { readonly startedAtMs: number; isAsked: boolean; head?: Head; headMs?: number };

  constructor(signal: AbortSignal, settings: AttemptSettings) {
    this.#signal = signal;
    this.#settings = settings;
    this.#deadline = new Deadline(settings.totalTimeoutMs, signal);
    this.#deadline.pause();
    this.#visit = { startedAtMs: 0, isAsked: false };
  }

  /** Requests `url` and follows redirects while they stay at its host. Rejects as `attempt` does. */
  async visit(url: URL): Promise<Visit> {
    this.#visit = { startedAtMs: this.#deadline.elapsedMs, isAsked: false };
    this.#deadline.resume();
    try {
      const end = await this.#follow(url);
      return end instanceof URL
        ? { ok: false, movedTo: end, ...this.#observed() }
        : { ...(await this.#succeeded(end)), ...this.#observed() };
    } catch (error) {
      this.#reader?.release();
      if (this.#signal.aborted) throw this.#signal.reason;
      return { ...this.failed(error), ...this.#observed() };
    } finally {
      this.#deadline.pause();
    }
  }

  /** The result of an attempt that ends with this error. Throws the error if it is a defect of ours. */
  failed(error: unknown): AttemptResult {
    const failure = failureOfError(error, this.#reader !== undefined);
    if (!failure) throw error;
    const retryAfter = retryAfterOf(this.#head);
    return {
      ok: false,
      failure,
      elapsedMs: this.#deadline.elapsedMs,
      isAsked: this.#isAsked,
      ...(this.#head ? { httpStatus: this.#head.status } : {}),
      ...(retryAfter === undefined ? {} : { retryAfter }),
    };
  }

  /** Stops the clock and listens to the signal no longer. */
  end(): void {
    this.#deadline.end();
  }

  async #succeeded(reader: BodyReader): Promise<AttemptResult> {
    const body = await reader.finish();
    const { status = 0, headers = {} } = this.#head ?? {};
    const contentType = headers["content-type"];
    return {
      ok: true,
      body,
      httpStatus: status,
      elapsedMs: this.#deadline.elapsedMs,
      isAsked: this.#isAsked,
      ...(typeof contentType === "string" ? { contentType } : {}),
      release: () => reader.release(),
    };
  }

  #observed(): { readonly observed?: HostObservation } {
    const { isAsked, head, startedAtMs, headMs = this.#deadline.elapsedMs - startedAtMs } = this.#visit;
    return isAsked ? { observed: { status: head?.status, retryAfter: retryAfterOf(head), headMs } } : {};
  }

  /** The reader of a body that has arrived, or the target of a redirect to another host. */
  async #follow(url: URL): Promise<BodyReader | URL> {
    const visited = this.#visited;
    for (let target = url; ; ) {
      visited.add(target.href);
      const refused = await this.#settings.robotsRefusal?.(target, this.#deadline.signal, this.#signal);
      // A host that could not be reached for its robots.txt has been asked.
      this.#visit.isAsked ||= refused === undefined || !RULE_CODES.has(refused.code);
      this.#isAsked ||= this.#visit.isAsked;
      if (refused) throw new FailureError(refused.code, refused.detail);
      const head = await this.#exchange(target);
      if (this.#reader) return this.#reader;
      target = nextHop(target, head, this.#settings.target);
      if (visited.has(target.href)) throw new FailureError("bad_redirect", "a loop");
      if (visited.size > MAX_REDIRECTS) throw new FailureError("bad_redirect", `more than ${MAX_REDIRECTS} redirects`);
      const listed = blockListed(target, this.#settings.target);
      if (listed) throw new FailureError(listed.code, listed.detail);
      if (target.hostname !== url.hostname) return target;
    }
  }

  async #exchange(url: URL): Promise<Head> {
    const { dispatcher, headers } = this.#settings;
    const request = { dispatcher, url, headers, signal: this.#deadline.signal, accept: (head: Head) => this.#accept(head) };
    const before = this.#head;
    try {
      return await exchange(request);
    } catch (error) {
      // The server closed a kept-alive connection just as it was used again: that says nothing about the picture (RFC 9110, 9.2.2).
      if (this.#head === before && brokeAfterUse(error)) return await exchange(request);
      throw error;
    }
  }

  // Undefined for a redirect, whose body nobody needs.
  #accept(head: Head): BodySink | undefined {
    this.#head = head;
    this.#visit.head = head;
    this.#visit.headMs ??= this.#deadline.elapsedMs - this.#visit.startedAtMs;
    if (REDIRECTS.has(head.status)) return undefined;
    const refused = failureOfStatus(head.status, head.headers) ?? optOutOf(head.headers, this.#settings, Date.now());
    if (refused) throw new FailureError(refused.code, refused.detail);
    const { maxImageBytes: maxBytes, bytes, growth, isCut = false } = this.#settings;
    // A 206 that covers the whole file states its length even if it comes in chunks.
    const headers = head.status === 206 ? { ...head.headers, "content-length": String(wholeRange(head.headers)) } : head.headers;
    const reader = new BodyReader(headers, { maxBytes, bytes, growth, isCut });
    this.#reader = reader;
    return {
      open: () => {
        const room = reader.open(this.#deadline.signal);
        return room && this.#standStill(room);
      },
      add: (chunk) => {
        const room = reader.add(chunk);
        return typeof room === "boolean" ? room : this.#standStill(room);
      },
    };
  }

  #standStill(room: Promise<void>): Promise<void> {
    this.#deadline.pause();
    return room.then(() => this.#deadline.resume());
  }
}

function retryAfterOf(head: Head | undefined): string | undefined {
  const header = head?.headers["retry-after"];
  return typeof header === "string" ? header : undefined;
}

function nextHop(from: URL, head: Head, checks: TargetChecks): URL {
  const header = head.headers["location"];
  const location = typeof header === "string" ? header : header?.[0];
  if (!location) throw new FailureError("bad_redirect", "no Location");
  const target = parseTarget(asSent(location), { ...checks, base: from });
  if (!(target instanceof URL)) {
    throw new FailureError(target.code === "invalid_url" ? "bad_redirect" : target.code, target.detail);
  }
  if (from.protocol === "https:" && target.protocol === "http:") throw new FailureError("bad_redirect", "from https to http");
  return target;
}

// undici reads headers as Latin-1. Servers that put non-ASCII text into Location mean its very bytes, mostly UTF-8 but not always.
function asSent(header: string): string {
  return header.replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`);
}
