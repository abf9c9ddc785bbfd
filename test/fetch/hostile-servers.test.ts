// Servers that hang, drip, lie or never end: each has its code, and its slot is soon free.
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { Budget } from "../../src/core/budget.ts";
import { type DnsServer, startDnsServer } from "../../src/demo/dns-server.ts";
import { createFetcher, type Fetcher, type FetchOptions } from "../../src/fetch/fetcher.ts";
import { type ScriptedServer, type Step, startScriptedServer } from "../support/fetch/scripted-server.ts";

const never = new AbortController().signal;
const TIMEOUT_MS = 600;
const TOTAL_TIMEOUT_MS = 1000;
const MAX_IMAGE_BYTES = 100_000;

let server: ScriptedServer;
/** Another host, because a host that complains is left alone for a while. */
let good: ScriptedServer;
let dns: DnsServer;
let fetcher: Fetcher | undefined;
beforeAll(async () => {
  server = await startScriptedServer();
  good = await startScriptedServer({ "/good": { body: "x" } }, { host: "127.0.0.2" });
  dns = await startDnsServer({ answer: (name) => (name === "silent.test" ? "silent" : name === "bad.test" ? "servfail" : undefined) });
});
afterEach(() => fetcher?.close());
afterAll(async () => {
  await server.close();
  await good.close();
  await dns.close();
});

const bytes = new Budget(1_000_000);

async function codeOf(url: string, options: Partial<FetchOptions> = {}): Promise<string> {
  const defaults = { timeoutMs: TIMEOUT_MS, totalTimeoutMs: TOTAL_TIMEOUT_MS, maxImageBytes: MAX_IMAGE_BYTES, dnsServers: [dns.address] };
  fetcher = createFetcher({
    ...defaults,
    bytes,
    allowPrivateNetwork: true,
    maxInFlight: 1,
    robots: "ignore",
    userAgent: "prep/test",
    ...options,
  });
  const startedAt = performance.now();
  const result = await fetcher.fetch(url, never);
  expect(performance.now() - startedAt).toBeLessThan(TOTAL_TIMEOUT_MS + 1000);
  expect([fetcher.inFlight, bytes.used]).toEqual([0, result.ok ? result.body.length : 0]);
  // The one slot is free: another fetch gets through.
  const other = await fetcher.fetch(good.url("/good"), never);
  expect(other.ok).toBe(true);
  if (other.ok) other.release();
  if (result.ok) result.release();
  return result.ok ? "success" : result.failure.code;
}

const ok = "HTTP/1.1 200 OK\r\n";
const bomb = gzipSync(Buffer.alloc(50_000_000));

it.each<[string, Step, string]>([
  ["hangs before the headers", { hang: "before-headers" }, "timeout"],
  ["hangs after the headers", { hang: "after-headers", contentLength: 100 }, "timeout"],
  ["hangs in the middle of the headers", { raw: (socket) => void socket.write("HTTP/1.1 200 OK\r\nX-A: ") }, "timeout"],
  ["drips its headers", { raw: (socket) => void setInterval(() => socket.destroyed || socket.write("H"), 50).unref() }, "bad_response"],
  [
    "drips headers without an end",
    {
      raw: (socket) => {
        socket.write(ok);
        const timer = setInterval(() => (socket.destroyed ? clearInterval(timer) : socket.write("X-A: b\r\n")), 50);
      },
    },
    "timeout",
  ],
  ["sends interim responses for ever", { raw: (socket) => void chatter(socket) }, "timeout"],
  ["drips its body", { body: "x".repeat(1000), dripEveryMs: 50 }, "timeout"],
  ["drips a chunked body", { body: "x".repeat(1000), dripEveryMs: 50, contentLength: "none" }, "timeout"],
  ["never ends its body", { endless: true }, "too_large"],
  ["announces too much", { contentLength: MAX_IMAGE_BYTES + 1, body: "x" }, "too_large"],
  ["announces more than there can be", { raw: `${ok}Content-Length: 99999999999999999999999\r\n\r\n` }, "bad_response"],
  ["closes before the headers", { raw: "" }, "connection_reset"],
  ["resets before the headers", { reset: "before-headers" }, "connection_reset"],
  ["resets in the body", { body: "abc", contentLength: 10, reset: "after-body" }, "connection_reset"],
  ["resets a body without length", { body: "abc", contentLength: "none", reset: "after-body" }, "connection_reset"],
  ["cuts its body", { body: "abcdef", cutAfterBytes: 3 }, "connection_reset"],
  ["cuts a chunked body", { body: "abcdef", cutAfterBytes: 3, contentLength: "none" }, "connection_reset"],
  ["cuts a body on a closing connection", { raw: `${ok}Connection: close\r\nContent-Length: 9\r\n\r\nabc` }, "connection_reset"],
  [
    "cuts chunks on a closing connection",
    { raw: `${ok}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc` },
    "connection_reset",
  ],
  ["sends nothing", { body: "" }, "empty_body"],
  ["sends no chunks", { body: "", contentLength: "none" }, "empty_body"],
  ["sends bad chunks", { raw: `${ok}Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n` }, "bad_response"],
  ["sends two lengths", { raw: `${ok}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd` }, "bad_response"],
  ["sends a length that is none", { raw: `${ok}Connection: close\r\nContent-Length: none\r\n\r\nabc` }, "bad_response"],
  ["puts blanks behind a chunk's size", { raw: `${ok}Transfer-Encoding: chunked\r\n\r\n3  \r\nabc\r\n0\r\n\r\n` }, "bad_response"],
  ["has control characters in its headers", { raw: `${ok}X-A: b\x01\r\nContent-Length: 3\r\n\r\nabc` }, "bad_response"],
  ["speaks no HTTP", { raw: "SSH-2.0-OpenSSH_9.2\r\n" }, "bad_response"],
  ["sends malformed headers", { raw: `${ok}no colon here\r\n\r\nabc` }, "bad_response"],
  ["sends huge headers", { raw: `${ok}X-A: ${"a".repeat(20_000)}\r\n\r\nabc` }, "bad_response"],
  ["sends very many headers", { raw: `${ok}${"X-A: b\r\n".repeat(5000)}\r\nabc` }, "bad_response"],
  ["wants to switch protocols", { raw: "HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n" }, "bad_response"],
  ["says 100 and no more", { raw: "HTTP/1.1 100 Continue\r\n\r\n" }, "connection_reset"],
  ["says 100 for ever", { raw: (socket) => void chatter(socket, "100 Continue") }, "timeout"],
  ["cuts its head", { raw: "HTTP/1.1 200 OK\nContent-Length: 3\n" }, "connection_reset"],
  ["sends a bomb", { body: bomb.subarray(0, 90_000), headers: { "Content-Encoding": "gzip" } }, "bad_encoding"],
  ["nests encodings", { body: gzipSync(gzipSync("x")), headers: { "Content-Encoding": "gzip, gzip" } }, "bad_encoding"],
  ["says br and packs nothing", { body: "\xff\xd8\xff picture", headers: { "Content-Encoding": "br" } }, "bad_encoding"],
  ["says deflate and packs nothing", { body: "\xff\xd8\xff picture", headers: { "Content-Encoding": "deflate" } }, "bad_encoding"],
  ["packs as nobody can unpack", { body: "x", headers: { "Content-Encoding": "zstd" } }, "bad_encoding"],
  ["redirects to itself for ever", { redirect: "/hostile" }, "bad_redirect"],
  ["redirects with a body without an end to itself", { redirect: "/hostile", endless: true }, "bad_redirect"],
  ["redirects to a login", { redirect: "http://user:secret@127.0.0.1/" }, "url_with_login"],
  ["redirects to a URL of a megabyte", { raw: `HTTP/1.1 302 Found\r\nLocation: /${"a".repeat(1e6)}\r\n\r\n` }, "bad_response"],
  ["redirects to a URL of 10 KB", { redirect: `/${"a".repeat(10_000)}` }, "bad_redirect"],
  ["has enough", { status: 429, headers: { "Retry-After": "99999999" }, endless: true }, "http_429"],
  ["has enough until a day that is none", { status: 429, headers: { "Retry-After": "Sun, 99 Feb 2099" } }, "http_429"],
  ["is down, it says", { status: 503, headers: { "Retry-After": "9".repeat(400) } }, "http_5xx"],
  ["is down and says no more", { status: 503, hang: "after-headers", contentLength: 10 }, "http_5xx"],
])("a server that %s", async (_, step, code) => {
  server.route("/hostile", step);
  expect(await codeOf(server.url("/hostile"))).toBe(code);
});

function chatter(socket: import("node:net").Socket, status = "103 Early Hints"): void {
  const timer = setInterval(() => (socket.destroyed ? clearInterval(timer) : socket.write(`HTTP/1.1 ${status}\r\n\r\n`)), 50);
}

it("a body longer than announced is cut at the announced length", async () => {
  server.route("/hostile", { raw: `${ok}Connection: close\r\nContent-Length: 3\r\n\r\nabcdef` });
  expect(await codeOf(server.url("/hostile"))).toBe("success");
});

it("a port without a server refuses the connection", async () => {
  const gone = await startScriptedServer();
  const url = gone.url("/a.jpg");
  await gone.close();
  expect(await codeOf(url)).toBe("connect_refused");
});

it.each([
  ["http://gone.test/", "dns_not_found"],
  ["http://bad.test/", "dns_failed"],
  ["http://silent.test/", "dns_failed"],
])("the name of %s is %s", async (url, code) => {
  // c-ares waits at least a quarter of a second for each of its two tries.
  expect(await codeOf(url, { totalTimeoutMs: 1400 })).toBe(code);
});
