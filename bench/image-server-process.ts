// The server of bench:download as a program: serves images from memory until the bench ends it.
import { readFileSync } from "node:fs";
import { createServer, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { extname } from "node:path";
import { startDnsServer } from "../src/demo/dns-server.ts";
import { selfSigned } from "./self-signed.ts";
import { behaviourOf, latencyOf, lookUp, type ServerKind } from "./server-behaviour.ts";

/** The first message from the bench. */
export interface ServerJob {
  readonly server: ServerKind;
  /** The file of every row. */
  readonly paths: readonly string[];
}

/** The answer to it. */
export interface ServerReady {
  readonly port: number;
  /** The name server, "ADDRESS:PORT". */
  readonly dns?: string;
}

const STATUS = { "not-found": 404, forbidden: 403, "server-error": 500 } as const;

process.once("message", (message) => void start(message as ServerJob));
process.once("disconnect", () => process.exit());

async function start({ server, paths }: ServerJob): Promise<void> {
  const bodies = new Map<string, Buffer>();
  for (const path of paths) if (!bodies.has(path)) bodies.set(path, readFileSync(path));
  const respond = (row: number, response: ServerResponse) => {
    const path = paths[row] ?? "";
    const body = bodies.get(path);
    const behaviour = body ? behaviourOf(server, row) : "not-found";
    if (behaviour === "hang") return;
    if (behaviour === "reset" || body === undefined) {
      response.destroy();
      return;
    }
    if (behaviour in STATUS) {
      response.writeHead(STATUS[behaviour as keyof typeof STATUS], { "content-type": "text/html" }).end("<html>no picture here</html>");
      return;
    }
    response.writeHead(200, { "content-type": `image/${extname(path).slice(1).replace("jpg", "jpeg")}`, "content-length": body.length });
    if (behaviour === "serve") {
      response.end(body);
      return;
    }
    response.write(body.subarray(0, body.length >> 1), () => {
      if (behaviour === "cut") response.destroy();
    });
  };
  const listen: RequestListener = (request, response) => {
    const row = Number.parseInt((request.url ?? "").slice(1), 10);
    // robots.txt, for example.
    if (Number.isNaN(row)) {
      response.writeHead(404).end();
      return;
    }
    const latency = latencyOf(server, row);
    if (latency === 0) respond(row, response);
    else setTimeout(() => respond(row, response), latency);
  };
  const keepAliveTimeout = 30_000;
  const http =
    server === "https" ? createTlsServer({ keepAliveTimeout, ...selfSigned() }, listen) : createServer({ keepAliveTimeout }, listen);
  const dns =
    server === "dns"
      ? await startDnsServer({ answer: (name) => lookUp(name).address, delayMs: (name) => lookUp(name).delayMs, ttlSeconds: 300 })
      : undefined;
  // node:http cannot listen on a range, so it listens on all addresses and drops clients of other machines.
  http.on("connection", (socket) => {
    if (!socket.remoteAddress?.startsWith("127.")) socket.destroy();
  });
  http.listen({ port: 0, host: "0.0.0.0", backlog: 4096 }, () => {
    const ready: ServerReady = { port: (http.address() as AddressInfo).port, ...(dns ? { dns: dns.address } : {}) };
    process.send?.(ready);
  });
}
