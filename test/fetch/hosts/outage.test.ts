// Outages of the network or the resolver: samples wait, and sound hosts are told from dead ones.
import { describe, expect, it } from "vitest";
import type { Fetcher } from "../../../src/fetch/fetcher.ts";
import { watchOutages } from "../../../src/fetch/hosts/outage.ts";
import {
  clock,
  codes,
  fetchAll,
  HTTP_404,
  hosts,
  NO_NAME,
  namedNetwork,
  network,
  SILENCE,
  TURNED_AWAY,
  textOf,
} from "../../support/fetch/fake-network.ts";

describe("an outage", () => {
  it("makes no sample fail: everything waits for the first host to answer, and is fetched again", async () => {
    const time = clock();
    const watched = watchOutages(
      network(() => time.nowMs >= 20_000),
      time,
    );
    expect(codes(await fetchAll(watched, hosts(300)))).toEqual(new Set(["http_404"]));
    expect(time.notices).toEqual([
      expect.stringMatching(/^no host answers any more \(\d+ in a row\): .* waits up to 600 s/),
      "hosts answer again: the download goes on",
    ]);
  });

  it("ends the run if it lasts too long, for samples that wait and for those that come", async () => {
    const time = clock();
    const watched = watchOutages(
      network(() => false),
      time,
    );
    await expect(fetchAll(watched, hosts(300))).rejects.toMatchObject({
      exitCode: 7,
      message: expect.stringContaining("no host has answered for 6"),
    });
    await expect(fetchAll(watched, hosts(1))).rejects.toMatchObject({ exitCode: 7 });
    expect(time.nowMs).toBeLessThan(640_000);
  });

  it("is none while a host that answered before still does: the silent ones fail as they should", async () => {
    const time = clock();
    const inner = network((host) => host === "alive.example");
    const watched = watchOutages(inner, time);
    await fetchAll(watched, ["http://alive.example/a.jpg"]);
    expect(codes(await fetchAll(watched, hosts(300)))).toEqual(new Set(["connect_timeout"]));
    expect(time.notices).toEqual([]);
    // Asked once for many silent hosts, not once for each.
    expect(inner.requests).toBeLessThan(310);
  });

  it("of the name servers that ends just as it is noticed makes no sample fail", async () => {
    const time = clock();
    const inner = namedNetwork(() => true);
    const seen = new Set<string>();
    const fetch = inner.fetch.bind(inner);
    const flaky: Fetcher = {
      ...inner,
      fetch: async (url, signal) =>
        seen.size < 50 && !seen.has(textOf(url)) && seen.add(textOf(url)) ? NO_NAME : await fetch(url, signal),
    };
    const watched = watchOutages(flaky, time);
    expect(codes(await fetchAll(watched, hosts(50)))).toEqual(new Set(["http_404"]));
    expect(time.notices).toEqual([]);
  });

  it("is none if a few hosts are silent, or one is often", async () => {
    const time = clock();
    const watched = watchOutages(
      network(() => false),
      time,
    );
    expect(codes(await fetchAll(watched, hosts(19)))).toEqual(new Set(["connect_timeout"]));
    const one = Array.from({ length: 500 }, (_, index) => `http://one.example/${index}.jpg`);
    expect(codes(await fetchAll(watched, one))).toEqual(new Set(["connect_timeout"]));
    expect(time.notices).toEqual([]);
  });

  it("ends at once for a sample whose signal aborts", async () => {
    const time = clock();
    const stop = new AbortController();
    const watched = watchOutages(
      network(() => false),
      { ...time, sleep: () => new Promise(() => undefined) },
    );
    const waiting = Promise.all(hosts(60).map((url) => watched.fetch(url, stop.signal)));
    setImmediate(() => stop.abort(new Error("stopped")));
    await expect(waiting).rejects.toThrow("stopped");
  });

  it("is ruled out by the first host that answers, and the other probes are stopped", async () => {
    const time = clock();
    const inner = network((host) => host.startsWith("alive"));
    const watched = watchOutages(inner, time);
    await fetchAll(watched, hosts(8, "alive"));
    const fetch = inner.fetch.bind(inner);
    const aborted: string[] = [];
    inner.fetch = (url, signal) =>
      textOf(url).includes("//alive") && !textOf(url).includes("//alive3.")
        ? new Promise((_, reject) => {
            const stop = () => {
              aborted.push(textOf(url));
              reject(signal.reason);
            };
            signal.addEventListener("abort", stop, { once: true });
          })
        : fetch(url, signal);
    expect(codes(await fetchAll(watched, hosts(60)))).toEqual(new Set(["connect_timeout"]));
    expect(aborted).toHaveLength(7);
    expect(time.notices).toEqual([]);
  });

  it.each([
    ["before it is noticed", 40],
    ["while it lasts", 60],
  ])("makes no sample fail that was turned away because of it %s", async (_, silent) => {
    const time = clock();
    const ticks = async (count: number) => {
      for (let tick = 0; tick < count; tick++) await new Promise((resolve) => setImmediate(resolve));
    };
    const inner = network(() => time.nowMs >= 20_000);
    const fetch = inner.fetch.bind(inner);
    inner.fetch = async (url, signal) => {
      await ticks(textOf(url).includes("/turned-away") ? 1 : textOf(url).includes("//later") ? 2 : 0);
      if (!textOf(url).includes("/turned-away")) return await fetch(url, signal);
      return time.nowMs >= 20_000 ? HTTP_404 : TURNED_AWAY;
    };
    const sleep = async (delayMs: number) => {
      await ticks(2);
      time.nowMs += delayMs;
    };
    const watched = watchOutages(inner, { ...time, sleep });
    const turnedAway = Array.from({ length: 20 }, (_, index) => `http://host0.example/turned-away${index}.jpg`);
    const urls = [...hosts(silent), ...turnedAway, ...hosts(60 - silent, "later")];
    expect(codes(await fetchAll(watched, urls))).toEqual(new Set(["http_404"]));
  });

  it("is none if a host in distress turns samples away while others answer", async () => {
    const time = clock();
    const inner = network(() => true);
    const fetch = inner.fetch.bind(inner);
    inner.fetch = async (url, signal) => (textOf(url).includes("//busy") ? TURNED_AWAY : await fetch(url, signal));
    const watched = watchOutages(inner, time);
    expect(codes(await fetchAll(watched, hosts(100, "busy")))).toEqual(new Set(["host_busy"]));
    expect(codes(await fetchAll(watched, hosts(3)))).toEqual(new Set(["http_404"]));
    expect(time.notices).toEqual([]);
  });

  it("is not looked for if the longest outage is 0", async () => {
    const time = clock();
    const inner = network(() => false);
    const watched = watchOutages(inner, { ...time, maxOutageMs: 0 });
    expect(codes(await fetchAll(watched, hosts(300)))).toEqual(new Set(["connect_timeout"]));
    expect(inner.requests).toBe(300);
  });

  it("is one if the only host of a list answered before, and none if that one never did", async () => {
    const time = clock();
    const watched = watchOutages(
      network(() => time.nowMs === 0 || time.nowMs >= 20_000),
      time,
    );
    const one = Array.from({ length: 50 }, (_, index) => `http://one.example/${index}.jpg`);
    await fetchAll(watched, one);
    time.nowMs = 1;
    expect(codes(await fetchAll(watched, one))).toEqual(new Set(["http_404"]));
    expect(time.notices).toHaveLength(2);
  });

  it("is also one if the only host of a list has answered another process, which said so", async () => {
    const time = clock();
    const told: string[] = [];
    const elsewhere = watchOutages(
      network(() => true),
      { ...time, onAnswer: (url) => told.push(url) },
    );
    await fetchAll(elsewhere, ["http://one.example/first.jpg"]);
    const watched = watchOutages(
      network(() => time.nowMs >= 20_000),
      time,
    );
    for (const url of told) watched.learn(url);
    expect(codes(await fetchAll(watched, ["http://one.example/a.jpg", "http://one.example/b.jpg"]))).toEqual(new Set(["http_404"]));
    expect(time.notices).toHaveLength(2);
  });
});

describe("name servers that are gone", () => {
  it("make no sample fail while known hosts go on answering", async () => {
    const time = clock();
    let isUp = true;
    const inner = namedNetwork(() => isUp || time.nowMs >= 20_000);
    const watched = watchOutages(inner, time);
    await fetchAll(watched, hosts(10, "known"));
    isUp = false;
    const mixed = hosts(200, "new").flatMap((url, index) => [url, `http://known${index % 10}.example/${index}.jpg`]);
    expect(codes(await fetchAll(watched, mixed))).toEqual(new Set(["http_404"]));
    expect(time.notices).toEqual([
      expect.stringMatching(/^no name server answers any more \(\d+ in a row\): the resolver seems to be gone; .* waits up to 600 s/),
      "name servers answer again: the download goes on",
    ]);
  });

  it("are also noticed by the few names of a short list, if they answered before", async () => {
    const time = clock();
    let isUp = true;
    const watched = watchOutages(
      namedNetwork(() => isUp || time.nowMs >= 20_000),
      time,
    );
    await fetchAll(watched, hosts(1, "known"));
    isUp = false;
    expect(codes(await fetchAll(watched, hosts(3, "new")))).toEqual(new Set(["http_404"]));
    expect(time.notices).toHaveLength(2);
  });

  it("are alive with the first answer, however long the other names take", async () => {
    const time = clock();
    const inner = namedNetwork(() => true);
    const watched = watchOutages(inner, time);
    await fetchAll(watched, hosts(8, "known"));
    const ask = inner.askNameAnew.bind(inner);
    inner.askNameAnew = (host) => (host.startsWith("known7") ? ask(host) : new Promise(() => undefined));
    expect(codes(await fetchAll(watched, hosts(60, "broken")))).toEqual(new Set(["dns_failed"]));
    expect(time.notices).toEqual([]);
  });

  it("are not blamed for names that they fail on, however many, while they answer for others", async () => {
    const time = clock();
    const inner = namedNetwork(() => true);
    const watched = watchOutages(inner, time);
    await fetchAll(watched, hosts(10, "known"));
    expect(codes(await fetchAll(watched, hosts(300, "broken")))).toEqual(new Set(["dns_failed"]));
    expect(time.notices).toEqual([]);
    // Asked for what they knew, a few at a time, not once for each.
    expect(inner.asked.length).toBeLessThan(60);
  });
});

describe("a sample whose signal aborts", () => {
  it("leaves no other behind that waited for its result", async () => {
    const stop = new AbortController();
    const inner = network(() => false);
    const silent = inner.fetch;
    inner.fetch = (url, signal) =>
      signal !== stop.signal
        ? silent.call(inner, url, signal)
        : new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
    const watched = watchOutages(inner, clock());
    const stopped = watched.fetch("http://slow.example/", stop.signal);
    const held = watched.fetch("http://silent.example/", new AbortController().signal);
    await new Promise((resolve) => setImmediate(resolve));
    stop.abort(new Error("enough"));
    await expect(stopped).rejects.toThrow("enough");
    expect(await held).toBe(SILENCE);
  });

  it("does not wait, even if its failure came at the same moment", async () => {
    const stop = new AbortController();
    const inner = network(() => false);
    inner.fetch = async (_, signal) => {
      if (signal !== stop.signal) return await new Promise(() => undefined);
      stop.abort(new Error("enough"));
      return SILENCE;
    };
    const watched = watchOutages(inner, clock());
    void watched.fetch("http://slow.example/", new AbortController().signal);
    await expect(watched.fetch("http://silent.example/", stop.signal)).rejects.toThrow("enough");
  });
});
