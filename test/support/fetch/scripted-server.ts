// An HTTP server on loopback: every path follows a script, well-behaved or hostile.
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";

/** What one request gets. Without any property it is a 200 with an empty body and a correct Content-Length. */
export interface Step {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: Buffer | string;
  /** Milliseconds to wait before anything is sent. */
  readonly delayMs?: number;
  /** Send nothing at all, or nothing after the headers, and keep the connection open. */
  readonly hang?: "before-headers" | "after-headers";
  /** Send the body one byte at a time, this many milliseconds apart. */
  readonly dripEveryMs?: number;
  /** Send the body again and again without end, chunked. */
  readonly endless?: boolean;
  /** Close the connection after this many bytes of the body. */
  readonly cutAfterBytes?: number;
  /** Announce this length, or none (chunked), instead of the body's own. */
  readonly contentLength?: number | "none";
  /** Reset the connection before the headers, or after them and the body so far. */
  readonly reset?: "before-headers" | "after-body";
  /** Redirect to this location, with 302 unless `status` says otherwise. */
  readonly redirect?: string;
  /** Take over the socket: bytes to send as they are, after which it is closed, or a function that does as it likes. */
  readonly raw?: Buffer | string | ((socket: Socket, request: IncomingMessage) => void);
}

/** One step for every request; a list, whose last step repeats; or a function of the request's number, from 1. */
export type Script = Step | readonly Step[] | ((requestNumber: number, request: IncomingMessage) => Step);

/** A running server. */
export interface ScriptedServer {
  readonly port: number;
  /** Origin with the given path, such as `http://127.0.0.1:4000/a.jpg`. */
  url(path: string): string;
  /** Adds or replaces the script of a path (without its query). */
  route(path: string, script: Script): void;
  /** Requests so far for a path, or for all. */
  requests(path?: string): number;
  /** The headers of a path's last request. */
  lastHeaders(path: string): IncomingMessage["headers"] | undefined;
  /** Connections so far, and how many are open now. */
  connections(): number;
  openConnections(): number;
  /** Most requests that were being answered at the same moment. */
  peakRequests(): number;
  /** Ends everything at once. */
  close(): Promise<void>;
}

/** Where to listen, and with which certificate, which makes the scheme https. */
export interface ScriptedServerOptions {
  readonly host?: string;
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** Starts a server on a free port. Paths without a script get 404. */
export async function startScriptedServer(
  scripts: Readonly<Record<string, Script>> = {},
  options: ScriptedServerOptions = {},
): Promise<ScriptedServer> {
  const routes = new Map<string, Script>(Object.entries(scripts));
  const counts = new Map<string, number>();
  const headers = new Map<string, IncomingMessage["headers"]>();
  const sockets = new Set<Socket>();
  const timers = new Set<NodeJS.Timeout>();
  let connectionCount = 0;
  let openRequests = 0;
  let peak = 0;

  const every = (ms: number, tick: () => void): NodeJS.Timeout => {
    const timer = setInterval(tick, ms);
    timers.add(timer);
    return timer;
  };
  const listener: RequestListener = (request, response) => {
    const path = (request.url ?? "/").replace(/\?.*/s, "");
    const number = (counts.get(path) ?? 0) + 1;
    counts.set(path, number);
    headers.set(path, request.headers);
    openRequests += 1;
    peak = Math.max(peak, openRequests);
    response.once("close", () => {
      openRequests -= 1;
    });
    const step = stepFor(routes.get(path), number, request);
    if (step.delayMs === undefined) return play(step, request, response, every);
    const timer = every(step.delayMs, () => {
      clearInterval(timer);
      play(step, request, response, every);
    });
  };

  const server = options.tls ? createTlsServer(options.tls, listener) : createServer(listener);
  server.on("connection", (socket: Socket) => {
    connectionCount += 1;
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
  });
  const host = options.host ?? "127.0.0.1";
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const origin = `${options.tls ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${port}`;

  return {
    port,
    url: (path) => origin + path,
    route: (path, script) => void routes.set(path, script),
    requests: (path) => (path === undefined ? [...counts.values()].reduce((sum, count) => sum + count, 0) : (counts.get(path) ?? 0)),
    lastHeaders: (path) => headers.get(path),
    connections: () => connectionCount,
    openConnections: () => sockets.size,
    peakRequests: () => peak,
    close: () => {
      for (const timer of timers) clearInterval(timer);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      return closed;
    },
  };
}

function stepFor(script: Script | undefined, number: number, request: IncomingMessage): Step {
  if (script === undefined) return { status: 404 };
  if (typeof script === "function") return script(number, request);
  if (!Array.isArray(script)) return script as Step;
  return (script as readonly Step[])[Math.min(number, script.length) - 1] ?? { status: 404 };
}

function play(
  step: Step,
  request: IncomingMessage,
  response: ServerResponse,
  every: (ms: number, tick: () => void) => NodeJS.Timeout,
): void {
  const { socket } = request;
  if (step.hang === "before-headers") return;
  if (step.reset === "before-headers") return void socket.resetAndDestroy();
  if (typeof step.raw === "function") return void step.raw(socket, request);
  if (step.raw !== undefined) return void socket.end(step.raw);

  const body = Buffer.from(step.body ?? "");
  if (step.redirect !== undefined) response.setHeader("Location", step.redirect);
  for (const [name, value] of Object.entries(step.headers ?? {})) response.setHeader(name, typeof value === "string" ? value : [...value]);
  const isChunked = step.contentLength === "none" || step.endless === true;
  if (!isChunked) response.setHeader("Content-Length", step.contentLength ?? body.length);
  response.writeHead(step.status ?? (step.redirect === undefined ? 200 : 302));
  response.flushHeaders();

  // Written to the socket, because node:http would correct what must be wrong here. node:http frames a chunked body.
  const send = (bytes: Buffer) => (isChunked ? response.write(bytes) : socket.write(bytes));
  if (step.hang === "after-headers") return;
  if (step.endless) return void pour(response, body);
  if (step.cutAfterBytes !== undefined) {
    send(body.subarray(0, step.cutAfterBytes));
    return void setImmediate(() => socket.end());
  }
  if (step.dripEveryMs !== undefined) return void drip(body, step.dripEveryMs, send, () => response.end(), every);
  if (step.reset === "after-body") {
    send(body);
    return void setTimeout(() => socket.resetAndDestroy(), 20);
  }
  if (isChunked || step.contentLength === undefined) return void response.end(body);
  send(body);
}

function pour(response: ServerResponse, piece: Buffer): void {
  const more = () => {
    while (!response.destroyed && response.write(piece.length > 0 ? piece : Buffer.alloc(65_536)));
  };
  response.on("drain", more);
  more();
}

function drip(
  body: Buffer,
  everyMs: number,
  send: (bytes: Buffer) => void,
  end: () => void,
  every: (ms: number, tick: () => void) => NodeJS.Timeout,
): void {
  let sent = 0;
  const timer = every(everyMs, () => {
    if (sent < body.length) send(body.subarray(sent, sent + 1));
    else {
      clearInterval(timer);
      end();
    }
    sent += 1;
  });
}
