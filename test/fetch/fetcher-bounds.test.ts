// Limits over many downloads of one fetcher: retries, slots, memory, the signal.
import { describe, expect, it, vi } from "vitest";
import { Budget } from "../../src/core/budget.ts";
import { startDnsServer } from "../../src/demo/dns-server.ts";
import type { Fetcher } from "../../src/fetch/fetcher.ts";
import { bytes, fetcherWith, fetchStep, never, outcomeOf, serveEachTest, server, setBytes } from "../support/fetch/scripted-fetcher.ts";
import { type Step, startScriptedServer } from "../support/fetch/scripted-server.ts";

serveEachTest();

describe("retries", () => {
  it("do not happen by default", async () => {
    expect(await fetchStep([{ status: 503 }, { body: "x" }])).toMatchObject({ ok: false, attempts: 1 });
  });

  it("repeat only failures that may end otherwise", async () => {
    expect(await fetchStep([{ status: 503 }, { body: "x" }], { retries: 1 })).toMatchObject({ ok: true, attempts: 2 });
    expect(await fetchStep({ status: 404 }, { retries: 3 })).toMatchObject({ ok: false, attempts: 1 });
    expect(server.requests("/a.jpg")).toBe(3);
  });

  it("wait as Retry-After says, and do not happen if that is too long", async () => {
    server.route("/wait", [{ status: 429, headers: { "Retry-After": "1" } }, { body: "x" }]);
    const startedAt = performance.now();
    expect(await fetcherWith({ retries: 1 }).fetch(server.url("/wait"), never)).toMatchObject({ ok: true, attempts: 2 });
    expect(performance.now() - startedAt).toBeGreaterThan(990);
    expect(await fetchStep({ status: 429, headers: { "Retry-After": "3600" } }, { retries: 3 })).toMatchObject({ ok: false, attempts: 1 });
  });

  it("hold no slot while they wait", async () => {
    server.route("/b.jpg", { body: "x" });
    server.route("/a.jpg", [{ status: 503 }, { body: "x" }]);
    const fetcher = fetcherWith({ retries: 1, maxInFlight: 1 });
    const order: string[] = [];
    const retried = fetcher.fetch(server.url("/a.jpg"), never).then(() => order.push("a"));
    await fetcher.fetch(server.url("/b.jpg"), never).then(() => order.push("b"));
    await retried;
    expect(order).toEqual(["b", "a"]);
  });
});

describe("limits", () => {
  it("keep slots and connections of one host within their bounds", async () => {
    server.route("/slow", { body: "x", delayMs: 20 });
    const fetchAll = (fetcher: Fetcher) => Promise.all(Array.from({ length: 12 }, () => fetcher.fetch(server.url("/slow"), never)));
    expect((await fetchAll(fetcherWith({ maxInFlight: 12, connectionsPerHost: 3 }))).every(({ ok }) => ok)).toBe(true);
    expect([server.peakRequests(), server.connections()]).toEqual([3, 3]);
    await fetchAll(fetcherWith({ maxInFlight: 2, connectionsPerHost: 12 }));
    expect(server.peakRequests()).toBe(3);
  });

  it("of downloads in flight start low, and rise by one with each download that ends", async () => {
    server.route("/slow", { hang: "before-headers" });
    const dns = await startDnsServer({ answer: () => ["127.0.0.1"] });
    const fetcher = fetcherWith({ maxInFlight: 66, dnsServers: [dns.address] });
    const stops = Array.from({ length: 80 }, () => new AbortController());
    const urls = stops.map((_, host) => server.url("/slow").replace("127.0.0.1", `host${host}.test`));
    const all = Promise.allSettled(stops.map((stop, host) => fetcher.fetch(urls[host] ?? null, stop.signal)));
    for (const most of [64, 65, 66, 66]) {
      await vi.waitFor(() => expect(fetcher.inFlight).toBe(most));
      stops.shift()?.abort();
    }
    for (const stop of stops) stop.abort();
    await all;
    expect(fetcher.inFlight).toBe(0);
    await dns.close();
  });

  it("leave slots to other hosts while one host has a queue", async () => {
    const other = await startScriptedServer({ "/a.jpg": { body: "x" } }, { host: "127.0.0.2" });
    server.route("/slow", { hang: "before-headers" });
    const fetcher = fetcherWith({ maxInFlight: 2, connectionsPerHost: 1 });
    const stop = new AbortController();
    let ended = 0;
    const slow = [1, 2, 3].map(() => fetcher.fetch(server.url("/slow"), stop.signal).finally(() => ended++));
    const settled = Promise.allSettled(slow);
    expect((await fetcher.fetch(other.url("/a.jpg"), never)).ok).toBe(true);
    expect(ended).toBe(0);
    stop.abort();
    await settled;
    await other.close();
  });

  it("let a body wait for memory without using up its time", async () => {
    setBytes(new Budget(100));
    server.route("/a.jpg", { body: "x".repeat(80) });
    const fetcher = fetcherWith({ totalTimeoutMs: 1000 });
    const first = await fetcher.fetch(server.url("/a.jpg"), never);
    const second = fetcher.fetch(server.url("/a.jpg"), never);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect([bytes.used, bytes.waiting]).toEqual([80, 1]);
    if (first.ok) first.release();
    const result = await second;
    expect([result.ok, bytes.used]).toEqual([true, 80]);
    expect(result.elapsedMs).toBeLessThan(1000);
  });

  it("make a connection that breaks while its body waits for memory a failed sample", async () => {
    setBytes(new Budget(100));
    await bytes.reserve(90);
    const head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 80\r\n\r\n";
    const raw = (socket: import("node:net").Socket) => {
      socket.write(`${head}abc`);
      setTimeout(() => socket.resetAndDestroy(), 30);
    };
    expect(outcomeOf(await fetchStep({ raw }))).toBe("connection_reset");
    bytes.release(90);
    await new Promise((resolve) => setImmediate(resolve));
    expect(bytes.used).toBe(0);
  });
});

describe("the signal", () => {
  it.each<[string, Step]>([
    ["before the headers", { hang: "before-headers" }],
    ["in the body", { body: "abcdef", dripEveryMs: 20 }],
    ["between retries", { status: 503 }],
  ])("ends a fetch %s at once with its own reason", async (_, step) => {
    server.route("/a.jpg", step);
    const stop = new AbortController();
    const fetcher = fetcherWith({ retries: 5 });
    const fetching = fetcher.fetch(server.url("/a.jpg"), stop.signal);
    setTimeout(() => stop.abort(new Error("enough")), 100);
    const startedAt = performance.now();
    await expect(fetching).rejects.toThrow("enough");
    expect(performance.now() - startedAt).toBeLessThan(4000);
    expect([bytes.used, fetcher.inFlight]).toEqual([0, 0]);
  });

  it("ends a fetch that waits for a slot or for memory, and one that has not begun", async () => {
    server.route("/hang", { hang: "before-headers" });
    const stop = new AbortController();
    const fetcher = fetcherWith({ maxInFlight: 1, timeoutMs: 5000, totalTimeoutMs: 5000 });
    const fetching = Promise.allSettled([1, 2].map(() => fetcher.fetch(server.url("/hang"), stop.signal)));
    await bytes.reserve(999_999);
    server.route("/a.jpg", { body: "xx" });
    const waiting = fetcherWith().fetch(server.url("/a.jpg"), stop.signal);
    setTimeout(() => stop.abort(new Error("enough")), 50);
    await expect(waiting).rejects.toThrow("enough");
    expect((await fetching).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    await expect(fetcher.fetch(server.url("/a.jpg"), stop.signal)).rejects.toThrow("enough");
    expect(bytes.used).toBe(999_999);
  });

  it("may be shared by very many fetches", async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => void warnings.push(warning);
    process.on("warning", onWarning);
    server.route("/a.jpg", { body: "x", delayMs: 20 });
    const fetcher = fetcherWith({ maxInFlight: 20 });
    const { signal } = new AbortController();
    await Promise.all(Array.from({ length: 40 }, () => fetcher.fetch(server.url("/a.jpg"), signal)));
    await new Promise((resolve) => setImmediate(resolve));
    process.off("warning", onWarning);
    expect(warnings).toEqual([]);
  });

  it("is not needed to end fetches: closing rejects those under way", async () => {
    server.route("/hang", { hang: "before-headers" });
    const fetcher = fetcherWith({ timeoutMs: 5000, totalTimeoutMs: 5000 });
    const fetching = fetcher.fetch(server.url("/hang"), never);
    setTimeout(() => void fetcher.close(), 50);
    await expect(fetching).rejects.toThrow();
  });
});

describe("a defect of ours", () => {
  it("rejects and becomes no outcome", async () => {
    class BrokenBudget extends Budget {
      override take(): void {
        throw new TypeError("a defect");
      }
    }
    setBytes(new BrokenBudget(1000));
    server.route("/a.jpg", { body: "x" });
    const fetcher = fetcherWith();
    await expect(fetcher.fetch(server.url("/a.jpg"), never)).rejects.toThrow("a defect");
    expect(fetcher.inFlight).toBe(0);
  });
});
