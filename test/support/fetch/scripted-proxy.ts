// An HTTP proxy on loopback that records CONNECT lines and answers as its script says.
import { createServer, type IncomingHttpHeaders } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";

/** What one CONNECT gets: a tunnel to a port of 127.0.0.1, another status, bytes as they are, or nothing at all. */
export type ProxyAnswer = { readonly to: number } | { readonly status: number } | { readonly raw: string } | "silence" | "hang up";

/** A running proxy. */
export interface ScriptedProxy {
  readonly port: number;
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** The CONNECT lines so far, each `address:port`. */
  readonly asked: readonly string[];
  /** The headers of the last CONNECT. */
  readonly headers: IncomingHttpHeaders;
  /** Breaks all tunnels and refuses connections, until `start`. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** Starts a proxy on a free port. `answer` is called for every CONNECT line. */
export async function startScriptedProxy(answer: (authority: string, headers: IncomingHttpHeaders) => ProxyAnswer): Promise<ScriptedProxy> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  let headers: IncomingHttpHeaders = {};
  let port = 0;
  const server = createServer((_, response) => response.writeHead(400).end());
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
  };
  server.on("connection", keep);
  server.on("connect", (request, client: Socket) => {
    const authority = request.url ?? "";
    asked.push(authority);
    headers = request.headers;
    const told = answer(authority, headers);
    if (told === "silence") return;
    if (told === "hang up") return void client.destroy();
    if ("raw" in told) return void client.write(told.raw);
    if ("status" in told) return void client.end(`HTTP/1.1 ${told.status} As The Script Says\r\nContent-Length: 0\r\n\r\n`);
    const host = connect(told.to, "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      client.pipe(host).pipe(client);
    });
    keep(host);
    client.once("close", () => host.destroy());
    host.once("close", () => client.destroy());
  });
  const start = () =>
    new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", resolve);
    });
  await start();
  port = (server.address() as AddressInfo).port;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    asked,
    get headers() {
      return headers;
    },
    start,
    stop: () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      return closed;
    },
  };
}
