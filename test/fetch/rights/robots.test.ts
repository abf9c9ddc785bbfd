// A run obeys robots.txt: one question a host, answers by RFC 9309, silence is no consent.
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Budget } from "../../../src/core/budget.ts";
import { createFetcher, type Fetcher, type FetchOptions, type FetchResult } from "../../../src/fetch/fetcher.ts";
import { createRobots } from "../../../src/fetch/rights/robots.ts";
import { type ScriptedServer, type Step, startScriptedServer } from "../../support/fetch/scripted-server.ts";

const never = new AbortController().signal;
const CLOSED = "User-agent: *\nDisallow: /closed\n";
const picture: Step = { body: "picture" };
const servers: ScriptedServer[] = [];
const fetchers: Fetcher[] = [];
let server: ScriptedServer;
let bytes: Budget;

beforeEach(async () => {
  bytes = new Budget(1e6);
  server = await start({ "/open": picture, "/closed": picture, "/robots.txt": { body: CLOSED } });
});
afterEach(async () => {
  await Promise.all(fetchers.splice(0).map((fetcher) => fetcher.close()));
  await Promise.all(servers.splice(0).map((one) => one.close()));
});

async function start(scripts: Parameters<typeof startScriptedServer>[0], host = "127.0.0.1"): Promise<ScriptedServer> {
  const started = await startScriptedServer(scripts, { host });
  servers.push(started);
  return started;
}

function fetcherWith(options: Partial<FetchOptions> = {}): Fetcher {
  const fetcher = createFetcher({
    maxInFlight: 16,
    bytes,
    userAgent: "prep/test",
    allowPrivateNetwork: true,
    timeoutMs: 5000,
    totalTimeoutMs: 10_000,
    ...options,
  });
  fetchers.push(fetcher);
  return fetcher;
}

const outcomeOf = (result: FetchResult) => {
  if (result.ok) result.release();
  return result.ok ? "success" : result.failure.code;
};
const fetched = async (path: string, options: Partial<FetchOptions> = {}) =>
  outcomeOf(await fetcherWith(options).fetch(server.url(path), never));

describe("a run that obeys", () => {
  it("asks a host once, however many images it has, and asks for no disallowed image", async () => {
    const fetcher = fetcherWith();
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) => fetcher.fetch(server.url(index % 2 ? "/open" : "/closed"), never)),
    );
    expect(results.map(({ attempts }) => attempts)).toEqual(results.map((_, index) => index % 2));
    expect(new Set(results.map(outcomeOf))).toEqual(new Set(["robots_disallowed", "success"]));
    expect([server.requests("/robots.txt"), server.requests("/closed"), server.requests("/open")]).toEqual([1, 0, 10]);
    expect(server.lastHeaders("/robots.txt")).toMatchObject({ "user-agent": "prep/test" });
    expect(bytes.used).toBe(0);
  });

  it("is the default, and with `ignore` no robots.txt is asked for", async () => {
    expect(await fetched("/closed", { robots: "ignore" })).toBe("success");
    expect(server.requests("/robots.txt")).toBe(0);
    expect(await fetched("/closed")).toBe("robots_disallowed");
  });

  it("also asks the host of a redirect", async () => {
    const other = await start({ "/closed": picture, "/robots.txt": { body: CLOSED } }, "127.0.0.2");
    server.route("/open", { redirect: other.url("/closed") });
    expect(await fetched("/open")).toBe("robots_disallowed");
    expect(other.requests("/closed")).toBe(0);
  });

  it.each<[string, Step]>([
    ["404", { status: 404 }],
    ["403", { status: 403 }],
    ["an empty file", { body: "" }],
    ["a file of another group", { body: "User-agent: x\nDisallow: /" }],
    ["HTML", { body: "<html>not found</html>" }],
    ["a file tagged noindex", { body: "User-agent: x", headers: { "X-Robots-Tag": "noindex", "TDM-Reservation": "1" } }],
    ["a redirect to itself", { redirect: "/robots.txt" }],
    ["a redirect to a file", { redirect: "file:///etc/passwd" }],
  ])("is let in by %s", async (_, step) => {
    server.route("/robots.txt", step);
    expect(await fetched("/closed")).toBe("success");
  });

  it.each<[string, Step]>([
    ["500", { status: 500 }],
    ["503", { status: 503 }],
    ["429", { status: 429 }],
    ["a file that never ends in time", { body: "x".repeat(100), dripEveryMs: 100 }],
    ["a file that breaks off", { body: CLOSED, contentLength: 1000, reset: "after-body" }],
  ])("is kept out by %s, for now", async (_, step) => {
    server.route("/robots.txt", step);
    const fetcher = fetcherWith({ timeoutMs: 400, totalTimeoutMs: 400 });
    const codes = [outcomeOf(await fetcher.fetch(server.url("/open"), never)), outcomeOf(await fetcher.fetch(server.url("/open"), never))];
    // The image's own deadline cuts off a file that drips, if it comes first.
    expect(["robots_unavailable", "timeout"]).toContain(codes[0]);
    expect(server.requests("/open")).toBe(0);
    if (codes[0] === "robots_unavailable") expect([codes[1], server.requests("/robots.txt")]).toEqual(["robots_unavailable", 1]);
  });

  it("reads the first 500 KiB of an endless file", async () => {
    server.route("/robots.txt", { body: Buffer.from(`${CLOSED}${"# and so on\n".repeat(5000)}`), endless: true });
    expect(await fetched("/closed")).toBe("robots_disallowed");
    server.route("/robots.txt", { body: `${CLOSED}${"# and so on\n".repeat(100_000)}` });
    expect([await fetched("/closed"), await fetched("/open")]).toEqual(["robots_disallowed", "success"]);
    expect(bytes.used).toBe(0);
  });

  it("follows redirects, and reads what was compressed unasked", async () => {
    server.route("/robots.txt", { redirect: "/elsewhere" });
    server.route("/elsewhere", { body: gzipSync(CLOSED), headers: { "Content-Encoding": "gzip" } });
    expect([await fetched("/closed"), await fetched("/open")]).toEqual(["robots_disallowed", "success"]);
  });

  it("records for an unreachable host what the image would have met, as an attempt", async () => {
    const url = server.url("/open");
    await server.close();
    expect(await fetcherWith().fetch(url, never)).toMatchObject({ failure: { code: "connect_refused" }, attempts: 1 });
    expect(outcomeOf(await fetcherWith().fetch("https://localhost.invalid/", never))).toMatch(/^dns_/);
  });

  it("is kept out, for now, by a host that answers but redirects robots.txt to an unreachable one", async () => {
    const gone = await start({}, "127.0.0.4");
    server.route("/robots.txt", { redirect: gone.url("/robots.txt") });
    await gone.close();
    const fetcher = fetcherWith();
    const codes = [outcomeOf(await fetcher.fetch(server.url("/open"), never)), outcomeOf(await fetcher.fetch(server.url("/open"), never))];
    expect(codes).toEqual(["robots_unavailable", "robots_unavailable"]);
    expect([server.requests("/robots.txt"), server.requests("/open")]).toEqual([1, 0]);
  });

  it("is not led into our own network by a robots.txt", async () => {
    const canary = await start({ "/robots.txt": { body: "secret" } }, "127.0.0.3");
    const guarded = fetcherWith({ allowPrivateNetwork: false, allowedPorts: [canary.port] });
    expect(outcomeOf(await guarded.fetch(canary.url("/a.jpg"), never))).toBe("blocked_address");
    expect(canary.connections()).toBe(0);
  });

  it("asks again for others if the image that asked is stopped", async () => {
    const stop = new AbortController();
    server.route("/robots.txt", (number) => (number === 1 ? { hang: "before-headers" } : { body: CLOSED }));
    const fetcher = fetcherWith({ timeoutMs: 5000, totalTimeoutMs: 5000 });
    const stopped = fetcher.fetch(server.url("/open"), stop.signal);
    const other = fetcher.fetch(server.url("/open"), never);
    while (server.requests("/robots.txt") < 1) await new Promise((resolve) => setImmediate(resolve));
    stop.abort(new Error("enough"));
    await expect(stopped).rejects.toThrow("enough");
    expect(outcomeOf(await other)).toBe("success");
  });
});

it("leaves no unhandled rejection if the image that asks has already ended", async () => {
  const unheard: unknown[] = [];
  const listen = (reason: unknown) => void unheard.push(reason);
  process.on("unhandledRejection", listen);
  const robots = createRobots({ agents: ["prep"], fetch: (_, signal) => Promise.reject(signal.reason) });
  const over = AbortSignal.abort(new Error("enough"));
  await expect(robots.refusal(new URL("http://host.example/"), over, over)).rejects.toThrow("enough");
  await new Promise((resolve) => setImmediate(resolve));
  process.off("unhandledRejection", listen);
  expect(unheard).toEqual([]);
});

describe("a block list", () => {
  it("is asked about every hop, before anything else", async () => {
    server.route("/open", { redirect: "/closed" });
    const blocks = (url: URL) => (url.pathname === "/closed" ? "url" : undefined);
    const fetcher = fetcherWith({ robots: "ignore", blocks });
    const direct = await fetcher.fetch(server.url("/closed"), never);
    expect(direct).toMatchObject({ failure: { code: "block_listed", detail: "url" }, attempts: 0 });
    expect(server.requests()).toBe(0);
    expect(outcomeOf(await fetcher.fetch(server.url("/open"), never))).toBe("block_listed");
    expect(server.requests("/closed")).toBe(0);
  });

  it("is asked once about every hop and the target of each redirect, also when the picture is tried again", async () => {
    server.route("/open", { redirect: "/failing" });
    server.route("/failing", { status: 503 });
    const asked: string[] = [];
    const blocks = (url: URL) => {
      asked.push(url.pathname);
      return undefined;
    };
    const result = await fetcherWith({ robots: "ignore", blocks, retries: 1, random: () => 1 }).fetch(server.url("/open"), never);
    expect(result).toMatchObject({ failure: { code: "http_5xx" }, attempts: 2 });
    expect(asked).toEqual(["/open", "/failing", "/failing"]);
  });

  it("that names a robots.txt keeps prep from asking for it, and for the pictures of its site", async () => {
    const blocks = (url: URL) => (url.pathname === "/robots.txt" ? "url" : undefined);
    const result = await fetcherWith({ blocks }).fetch(server.url("/a.jpg"), never);
    expect([result, server.requests()]).toMatchObject([{ failure: { code: "block_listed", detail: "url" }, attempts: 0 }, 0]);
  });
});
