// Redirects between hosts: each host is limited by its own answers. All names lead to loopback.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterEach, expect, it } from "vitest";
import { Budget } from "../../../src/core/budget.ts";
import { createFetcher, type Fetcher } from "../../../src/fetch/fetcher.ts";
import { outcomeOf } from "../../support/fetch/scripted-fetcher.ts";

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean();
});

const FIRST = "8.8.8.8";
const SECOND = "9.9.9.9";

/** A fetcher whose hosts are all played by `answer`. */
async function web(answer: (host: string, request: IncomingMessage, response: ServerResponse) => void, maxInFlight = 16): Promise<Fetcher> {
  const server = createServer((request, response) => answer(request.headers.host ?? "", request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const fetcher = createFetcher({
    ...{ timeoutMs: 5000, totalTimeoutMs: 10_000, maxInFlight, bytes: new Budget(1e6), userAgent: "prep", robots: "ignore" },
    connectionsPerHost: Math.min(6, maxInFlight),
    open: (_, done) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("connect", () => done(null, socket));
      socket.once("error", (error) => done(error, null));
    },
  });
  cleanups.push(
    () => fetcher.close(),
    () => server.close(),
    () => server.closeAllConnections(),
  );
  return fetcher;
}

const redirect = (response: ServerResponse, location: string) => void response.writeHead(302, { location }).end();

it("a redirect's target that complains is left alone, and the hosts that lead to it are not slowed down", async () => {
  let asked = 0;
  const fetcher = await web((host, request, response) => {
    if (host !== SECOND) return request.url === "/r" ? redirect(response, `http://${SECOND}/a.jpg`) : void response.end("picture");
    asked += 1;
    response.writeHead(503, { "retry-after": "60" }).end();
  });
  const stop = new AbortController();
  cleanups.push(() => stop.abort());
  expect(outcomeOf(await fetcher.fetch(`http://${FIRST}/r`, stop.signal))).toBe("http_5xx");
  const others = Array.from({ length: 20 }, (_, index) => fetcher.fetch(`http://8.8.4.${index + 1}/r`, stop.signal));
  for (const other of others) other.catch(() => undefined);
  for (let picture = 0; picture < 10; picture++)
    expect(outcomeOf(await fetcher.fetch(`http://${FIRST}/own.jpg`, stop.signal))).toBe("success");
  expect(asked).toBe(1);
  // Requests that wait for the host take no slot.
  await expect.poll(() => fetcher.inFlight).toBe(0);
});

it("hosts that redirect to each other do not wait for each other, with a single slot and request for each", async () => {
  const fetcher = await web((host, request, response) => {
    if (request.url?.startsWith("/r")) return redirect(response, `http://${host === FIRST ? SECOND : FIRST}/a.jpg`);
    response.end("picture");
  }, 1);
  const urls = Array.from({ length: 40 }, (_, index) => `http://${index % 2 === 0 ? FIRST : SECOND}/r${index}`);
  const results = await Promise.all(urls.map((url) => fetcher.fetch(url, new AbortController().signal)));
  expect(new Set(results.map(outcomeOf))).toEqual(new Set(["success"]));
  expect(new Set(results.map(({ attempts }) => attempts))).toEqual(new Set([1]));
});

it("redirects between hosts count together, and end in a loop as those of one host do", async () => {
  const fetcher = await web((host, _, response) => redirect(response, `http://${host === FIRST ? SECOND : FIRST}/a.jpg`));
  const result = await fetcher.fetch(`http://${FIRST}/a.jpg`, new AbortController().signal);
  expect(result).toMatchObject({ ok: false, failure: { code: "bad_redirect", detail: "a loop" }, httpStatus: 302, attempts: 1 });
});
