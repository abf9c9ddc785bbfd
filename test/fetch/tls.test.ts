// Hostile ends of TLS: each has its code, and nothing is taken from an untrusted host.
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, DEFAULT_MIN_VERSION } from "node:tls";
import { buildConnector } from "undici";
import { afterEach, expect, it } from "vitest";
import { Budget } from "../../src/core/budget.ts";
import { createFetcher, type FetchOptions } from "../../src/fetch/fetcher.ts";
import { startScriptedServer } from "../support/fetch/scripted-server.ts";
import { SELF_SIGNED } from "../support/fetch/self-signed-certificate.ts";

const never = new AbortController().signal;
// undici looks at its clocks twice a second.
const TOTAL_TIMEOUT_MS = 2500;
const bytes = new Budget(1e6);
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

async function portOf(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
  });
  server.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as { port: number }).port;
}

async function codeOf(url: string, options: Partial<FetchOptions> = {}): Promise<string> {
  const limits = { timeoutMs: 1000, totalTimeoutMs: TOTAL_TIMEOUT_MS, maxInFlight: 1, bytes };
  const fetcher = createFetcher({ ...limits, allowPrivateNetwork: true, robots: "ignore", userAgent: "prep/test", ...options });
  closing.push(() => fetcher.close());
  const startedAt = performance.now();
  const result = await fetcher.fetch(url, never);
  expect(performance.now() - startedAt).toBeLessThan(TOTAL_TIMEOUT_MS + 1000);
  expect(fetcher.inFlight).toBe(0);
  if (result.ok) result.release();
  return result.ok ? "success" : result.failure.code;
}

it.each<[string, (socket: Socket) => void, string]>([
  ["answers with something else", (socket) => void socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"), "tls_invalid"],
  ["answers with an alert", (socket) => void socket.end(Buffer.from([21, 3, 3, 0, 2, 2, 40])), "tls_invalid"],
  ["hangs up", (socket) => void socket.end(), "connection_reset"],
  ["resets", (socket) => void socket.resetAndDestroy(), "connection_reset"],
  ["says nothing", () => undefined, "connect_timeout"],
  ["drips a handshake", (socket) => void setInterval(() => socket.destroyed || socket.write(Buffer.from([22])), 50).unref(), "tls_invalid"],
])("a server that %s instead of a handshake has its code", async (_, answer, code) => {
  const port = await portOf(createServer((socket) => socket.once("data", () => answer(socket))));
  expect(await codeOf(`https://127.0.0.1:${port}/`)).toBe(code);
});

it("a server of TLS 1.1 is refused", async () => {
  expect(DEFAULT_MIN_VERSION).toBe("TLSv1.2");
  const old = { ...SELF_SIGNED, minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" } as const;
  const port = await portOf(createTlsServer(old, (socket) => socket.end("HTTP/1.1 200 OK\r\n\r\nx")));
  expect(await codeOf(`https://127.0.0.1:${port}/`, { insecureTls: true })).toBe("tls_invalid");
});

it("a trusted certificate for another host is refused", async () => {
  // Valid for 127.0.0.1, and trusted here as an authority of its own.
  const open = buildConnector({ ca: SELF_SIGNED.cert, timeout: 1000 });
  const right = await startScriptedServer({ "/": { body: "x" } }, { tls: SELF_SIGNED });
  const wrong = await startScriptedServer({ "/": { body: "x" } }, { tls: SELF_SIGNED, host: "127.0.0.2" });
  closing.push(right.close, wrong.close);
  expect(await codeOf(right.url("/"), { open })).toBe("success");
  expect(await codeOf(wrong.url("/"), { open })).toBe("tls_invalid");
  expect(wrong.requests()).toBe(0);
});

it("a certificate for another host fails at once for all requests, even if they outnumber the connections", async () => {
  const open = buildConnector({ ca: SELF_SIGNED.cert, timeout: 1000 });
  const wrong = await startScriptedServer({ "/": { body: "x" } }, { tls: SELF_SIGNED, host: "127.0.0.2" });
  const sites = await Promise.all(
    Array.from({ length: 12 }, (_, site) => startScriptedServer({ "/": { redirect: wrong.url("/") } }, { host: `127.0.1.${site + 1}` })),
  );
  closing.push(wrong.close, ...sites.map(({ close }) => close));
  const limits = { totalTimeoutMs: TOTAL_TIMEOUT_MS, maxInFlight: 16, connectionsPerHost: 2, bytes, robots: "ignore" } as const;
  const fetcher = createFetcher({ ...limits, allowPrivateNetwork: true, userAgent: "prep/test", open });
  closing.push(() => fetcher.close());
  const results = await Promise.all(sites.map((site) => fetcher.fetch(site.url("/"), never)));
  expect(results.map((result) => (result.ok ? "success" : result.failure.code))).toEqual(sites.map(() => "tls_invalid"));
});

it("a redirect to a host with an untrusted certificate is refused", async () => {
  const secure = await startScriptedServer({ "/": { body: "x" } }, { tls: SELF_SIGNED });
  const plain = await startScriptedServer({ "/": { redirect: secure.url("/") } });
  closing.push(secure.close, plain.close);
  expect(await codeOf(plain.url("/"))).toBe("tls_invalid");
  expect(secure.requests()).toBe(0);
});
