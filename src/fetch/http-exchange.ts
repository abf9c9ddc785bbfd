// One HTTP request and its response through undici's dispatcher, without a stream in between.
import type { Dispatcher } from "undici";
import type { ResponseHeaders } from "./rights/opt-out-headers.ts";

/** The head of a response. */
export interface Head {
  readonly status: number;
  readonly headers: ResponseHeaders;
}

/** Takes the pieces of a body. */
export interface BodySink {
  /** Returns a promise if the body must not be read yet. If it rejects, the exchange ends with its reason. */
  open(): Promise<void> | undefined;
  /** Takes a piece. Returns true to end the exchange well, or a promise as `open` does. What it throws ends the exchange. */
  add(chunk: Buffer): boolean | Promise<void>;
}

/** One GET: the URL, its headers, the signal that ends it, and what becomes of the body. */
export interface ExchangeRequest {
  readonly dispatcher: Dispatcher;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Decides from the head: a sink reads the body, undefined discards it. What it throws ends the exchange. */
  readonly accept: (head: Head) => BodySink | undefined;
}

/**
 * The rest of a refused response, such as an error page or a redirect's text, is read and discarded up to this size, so that its connection
 * serves the next request. Nearly every host answers robots.txt with a 404, and a handshake costs far more.
 */
const MAX_DRAINED_BYTES = 32 * 1024;
const MAX_DRAINING_MS = 250;

// Shared, because an error with a stack for every discarded response would cost more than the discarding.
const ABANDONED = new Error("the exchange is over");

/**
 * Resolves with the head once the body is read or discarded. Rejects with the signal's reason at once when it aborts, even while undici is
 * still connecting. Rejects with what `accept` or the sink throw, and with undici's or the connector's error.
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
  /** How the exchange ends once the rest of the response is discarded. */
  #refusal: { readonly error: unknown } | undefined;
  #drainedBytes = 0;
  #draining: NodeJS.Timeout | undefined;

  constructor(request: ExchangeRequest, resolve: (head: Head) => void, reject: (error: unknown) => void) {
    this.#request = request;
    this.#resolve = resolve;
    this.#reject = reject;
    request.signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** Settles the promise, once, and drops the connection unless the response is complete. */
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
    // The exchange ended before undici began it. Throwing makes undici skip the request and keep the fresh connection.
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
    // undici reuses a connection one turn of the event loop later; a request before that would get a new one.
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

  // Thrown inside undici, our errors would look like network faults, so they are caught here.
  #guard(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.end(error);
    }
  }
}
