// One connection serves a host's robots.txt, its errors and its pictures.
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { Budget } from "../../src/core/budget.ts";
import { createFetcher, type Fetcher } from "../../src/fetch/fetcher.ts";
import { HostLimits } from "../../src/fetch/hosts/host-limits.ts";

const signal = new AbortController().signal;
const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean();
});

interface Site {
  readonly fetcher: Fetcher;
  readonly url: string;
  readonly connections: () => number;
  /** Requests that were never answered. */
  readonly silent: () => number;
}

/** A server whose robots.txt the test answers. Every other path is a picture of five bytes. */
async function site(robots: (response: ServerResponse) => void): Promise<Site> {
  let [connections, silent] = [0, 0];
  const server = createServer((request, response) => {
    if (request.url === "/robots.txt") robots(response);
    else if (request.url === "/last.jpg") response.writeHead(200, { "content-length": 5, connection: "close" }).end("bytes");
    else if (request.url === "/silent.jpg") silent += 1;
    else if (request.url === "/missing.jpg") response.writeHead(404, { "content-type": "text/html" }).end("<html>gone</html>");
    else response.writeHead(200, { "content-length": 5 }).end("bytes");
  });
  server.on("connection", () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const fetcher = createFetcher({ timeoutMs: 1000, maxInFlight: 16, bytes: new Budget(1e6), allowPrivateNetwork: true, userAgent: "test" });
  cleanups.push(
    () => fetcher.close(),
    () => server.close(),
  );
  return {
    fetcher,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
    silent: () => silent,
  };
}

it("uses the connection of a missing robots.txt for the pictures, one after the other", async () => {
  const { fetcher, url, connections } = await site((response) => response.writeHead(404).end("no such file"));
  for (const path of ["/1.jpg", "/missing.jpg", "/2.jpg"]) await fetcher.fetch(url + path, signal);
  expect(connections()).toBe(1);
});

it("reuses connections again after the host has closed one", async () => {
  const { fetcher, url, connections } = await site((response) => response.writeHead(404).end("no such file"));
  for (let index = 0; index < 10; index++) await fetcher.fetch(`${url}/${index === 1 ? "last" : index}.jpg`, signal);
  // The request behind the closing one may have a connection of its own.
  expect(connections()).toBeLessThanOrEqual(3);
});

it("lets a few pictures of one host that are wanted at once share its connection", async () => {
  const { fetcher, url, connections } = await site((response) => response.writeHead(404).end());
  const results = await Promise.all(["/1.jpg", "/2.jpg", "/3.jpg", "/4.jpg"].map((path) => fetcher.fetch(url + path, signal)));
  expect(results.map(({ ok }) => ok)).toEqual([true, true, true, true]);
  expect(connections()).toBe(1);
});

it("asks once for a picture that never comes over a connection that served before", async () => {
  const { fetcher, url, connections, silent } = await site((response) => response.writeHead(404).end());
  expect(await fetcher.fetch(`${url}/silent.jpg`, signal)).toMatchObject({ ok: false, failure: { code: "timeout" } });
  expect([connections(), silent()]).toEqual([1, 1]);
});

it("gives a connection up rather than read a long error page", async () => {
  const { fetcher, url, connections } = await site((response) => response.writeHead(404).end("x".repeat(100_000)));
  expect(await fetcher.fetch(`${url}/1.jpg`, signal)).toMatchObject({ ok: true });
  expect(connections()).toBeGreaterThan(1);
});

it("opens more connections if many requests wait for a host", async () => {
  const hosts = new HostLimits({ perHost: 6, maxWaitingInDistress: 100, newConnectionDelayMs: 3_600_000 });
  cleanups.push(() => hosts.close());
  let underWay = 0;
  const requests = Array.from({ length: 20 }, () => hosts.admit("a", signal).then(() => underWay++));
  await Promise.all(requests.slice(0, 4));
  expect(underWay).toBe(4);
});

it("opens another connection to a host whose first one keeps a request waiting", async () => {
  const hosts = new HostLimits({ perHost: 2, maxWaitingInDistress: 100, newConnectionDelayMs: 1 });
  cleanups.push(() => hosts.close());
  const first = await hosts.admit("a", signal);
  const second = await hosts.admit("a", signal);
  expect([first, second]).toEqual([expect.any(Function), expect.any(Function)]);
});
