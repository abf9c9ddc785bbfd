// Fetch, the wire: one request and its response through undici's dispatcher, without a stream in between.
import type { Dispatcher } from "undici";
import type { ResponseHeaders } from "./rights/opt-out-headers.ts";

/** The head of a response. */
export interface Head {
  readonly status: number;
  readonly headers: ResponseHeaders;
}

/** Takes a body's pieces. */
export interface BodySink {
  /** A promise where the body must not be read yet; what it rejects with ends the exchange. */
  open(): Promise<void> | undefined;
  /** True ends the exchange well, what it throws ends it badly; a promise where the body must not be read on yet, as with `open`. */
  add(chunk: Buffer): boolean | Promise<void>;
}

/** One GET: where, with which headers, until when, and what becomes of the body. */
export interface ExchangeRequest {
  readonly dispatcher: Dispatcher;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Decides from the head: a sink reads the body, undefined discards it. What it throws ends the exchange. */
  readonly accept: (head: Head) => BodySink | undefined;
}

/**
 * What is left of a refused response, an error page or a redirect's text, is read and thrown away up to here, so that its
 * connection serves the next request: nearly every host answers robots.txt with a 404, and a handshake costs far more.
 */
const MAX_DRAINED_BYTES = 32 * 1024;
const MAX_DRAINING_MS = 250;

// Shared, because an error with a stack for every discarded response would cost more than the discarding.
const ABANDONED = new Error("the exchange is over");

/**
 * Resolves with the head once the body is read or discarded. Rejects with the signal's reason at once when it aborts, also
 * where undici is still connecting; with what `accept` or the sink throw; with undici's or the connector's error.
 */
export function exchange(request: ExchangeRequest): Promise<Head> {
  return new Promise((resolve, reject) => {
    const handler = new ExchangeHandler(request, resolve, reject);
    if (request.signal.aborted) return handler.end(request.signal.reason);
    const { url, headers, dispatcher } = request;
    dispatcher.dispatch({ origin: url.origin, path: url.pathname + url.search, method: "GET", headers }, handler);
  });
}

class ExchangeHandler implements Dispatcher.DispatchHandler {
  readonly #request: ExchangeRequest;
  readonly #resolve: (head: Head) => void;
  readonly #reject: (error: unknown) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #head: Head | undefined;
  #sink: BodySink | undefined;
  #isOver = false;
  /** What the exchange ends with once the rest of the response is thrown away. */
  #refusal: { readonly error: unknown } | undefined;
  #drainedBytes = 0;
  #draining: NodeJS.Timeout | undefined;

  constructor(request: ExchangeRequest, resolve: (head: Head) => void, reject: (error: unknown) => void) {
    this.#request = request;
    this.#resolve = resolve;
    this.#reject = reject;
    request.signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** Settles the promise, once, and lets go of the connection unless the response is complete. */
  end(error?: unknown, isComplete = false): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#draining);
    this.#request.signal.removeEventListener("abort", this.#onAbort);
    if (error === undefined && this.#head) this.#resolve(this.#head);
    else this.#reject(error);
    if (!isComplete) this.#controller?.abort(ABANDONED);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Over before its turn came: thrown, undici skips the request and keeps the fresh connection.
    if (this.#isOver) throw ABANDONED;
    this.#controller = controller;
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: ResponseHeaders): void {
    // 1xx heads come before the real one.
    if (this.#isOver || status < 200) return;
    const head = { status, headers };
    this.#head = head;
    try {
      this.#sink = this.#request.accept(head);
    } catch (error) {
      this.#drain(error);
      return;
    }
    if (!this.#sink) {
      this.#drain();
      return;
    }
    this.#guard(() => this.#pauseFor(this.#sink?.open(), controller));
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#isOver) return;
    if (this.#refusal) {
      this.#drainedBytes += chunk.length;
      if (this.#drainedBytes > MAX_DRAINED_BYTES) this.end(this.#refusal.error);
      return;
    }
    this.#guard(() => {
      const next = this.#sink?.add(chunk);
      if (next === true) this.end();
      else if (next) this.#pauseFor(next, controller);
    });
  }

  onResponseEnd(): void {
    this.#controller = undefined;
    // undici takes a connection into use again one turn of the event loop later; who asks earlier gets a new one.
    queueMicrotask(() => setImmediate(() => this.end(this.#refusal?.error, true)));
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#refusal) this.end(this.#refusal.error, true);
    else this.end(error, true);
  }

  #pauseFor(room: Promise<void> | undefined, controller: Dispatcher.DispatchController): void {
    if (!room) return;
    controller.pause();
    room.then(
      () => this.#isOver || controller.resume(),
      (error: unknown) => this.end(error),
    );
  }

  #drain(error?: unknown): void {
    this.#refusal = { error };
    const announcedBytes = Number(this.#head?.headers["content-length"] ?? 0);
    if (announcedBytes > MAX_DRAINED_BYTES) this.end(error);
    else this.#draining = setTimeout(() => this.end(error), MAX_DRAINING_MS);
  }

  readonly #onAbort = () => this.end(this.#request.signal.reason);

  // What we throw must come out as it is; inside undici it would look like a fault of the network.
  #guard(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.end(error);
    }
  }
}
