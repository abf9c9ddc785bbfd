// Fetches through a proxy: what it is asked for, what it never hears of, and its own faults.
import { buildConnector } from "undici";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Budget } from "../../../src/core/budget.ts";
import { type DnsServer, startDnsServer } from "../../../src/demo/dns-server.ts";
import { createFetcher, type FetchOptions, type FetchResult } from "../../../src/fetch/fetcher.ts";
import { watchOutages } from "../../../src/fetch/hosts/outage.ts";
import { watchOutagesByProxy } from "../../../src/fetch/hosts/outages-by-proxy.ts";
import { proxiesOf } from "../../../src/fetch/proxy/proxy.ts";
import { type ProxyAnswer, type ScriptedProxy, startScriptedProxy } from "../../support/fetch/scripted-proxy.ts";
import { type ScriptedServer, startScriptedServer } from "../../support/fetch/scripted-server.ts";
import { SELF_SIGNED } from "../../support/fetch/self-signed-certificate.ts";

/** Addresses of the public internet. The proxy connects to loopback in their place. */
const PUBLIC = "93.184.215.14";
const PUBLIC_6 = "2606:4700:4700::1111";
const NAMES: Readonly<Record<string, string | string[]>> = {
  "pictures.test": PUBLIC,
  "six.test": PUBLIC_6,
  "two.test": [PUBLIC, "93.184.215.15"],
  "inside.test": "10.0.0.1",
  "mixed.test": [PUBLIC, "127.0.0.1"],
};

const never = new AbortController().signal;
const closing: (() => Promise<unknown>)[] = [];
let plain: ScriptedServer;
let secure: ScriptedServer;
let dns: DnsServer;

beforeAll(async () => {
  const pages = { "/a.jpg": { body: "picture" }, "/inside": { redirect: "http://10.0.0.1/" }, "/robots.txt": { status: 404 } };
  plain = await startScriptedServer(pages);
  secure = await startScriptedServer(pages, { tls: SELF_SIGNED });
  dns = await startDnsServer({ answer: (name) => NAMES[name] ?? (name.startsWith("host") ? PUBLIC : undefined) });
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
afterAll(async () => {
  await Promise.all([plain.close(), secure.close(), dns.close()]);
});

const toServers = (authority: string): ProxyAnswer => ({ to: authority.endsWith(":443") ? secure.port : plain.port });

async function proxyThat(answer: (authority: string) => ProxyAnswer): Promise<ScriptedProxy> {
  const proxy = await startScriptedProxy(answer);
  closing.push(proxy.stop);
  return proxy;
}

function fetcherThrough(choice: string, options: Partial<FetchOptions> = {}, environment: Record<string, string> = {}) {
  const limits = { timeoutMs: 5000, totalTimeoutMs: 10_000, maxInFlight: 64, bytes: new Budget(1e6), userAgent: "prep/test" };
  const proxies = proxiesOf(choice, environment);
  const fetcher = createFetcher({ ...limits, robots: "ignore", dnsServers: [dns.address], proxies, ...options });
  closing.push(() => fetcher.close());
  return fetcher;
}

const wordOf = (result: FetchResult) => (result.ok ? result.body.toString() : result.failure.code);

describe("a proxy", () => {
  it("is asked by CONNECT for the checked address, for http as for https, and a connection serves several requests", async () => {
    const proxy = await proxyThat(toServers);
    // Trusts the server's certificate, which is made out to pictures.test.
    const fetcher = fetcherThrough(proxy.url, { open: buildConnector({ ca: SELF_SIGNED.cert, timeout: 5000 }) });
    for (const url of [
      "http://pictures.test/a.jpg",
      "https://pictures.test/a.jpg",
      "https://pictures.test/a.jpg",
      "http://six.test:8080/a.jpg",
    ])
      expect(wordOf(await fetcher.fetch(url, never))).toBe("picture");
    expect(proxy.asked).toEqual([`${PUBLIC}:80`, `${PUBLIC}:443`, `[${PUBLIC_6}]:8080`]);
    expect(proxy.headers["proxy-authorization"]).toBeUndefined();
    expect(plain.lastHeaders("/a.jpg")).toMatchObject({ host: "six.test:8080" });
  });

  it("may have a private address, and a name that only this machine knows", async () => {
    const proxy = await proxyThat(toServers);
    const fetcher = fetcherThrough(`http://localhost:${proxy.port}`);
    for (const host of ["pictures.test", "six.test"]) expect(wordOf(await fetcher.fetch(`http://${host}/a.jpg`, never))).toBe("picture");
  });

  it("cannot stand in for a site: its certificate is checked inside the tunnel", async () => {
    const proxy = await proxyThat(toServers);
    expect(wordOf(await fetcherThrough(proxy.url).fetch("https://pictures.test/a.jpg", never))).toBe("tls_invalid");
    const other = fetcherThrough(proxy.url, { open: buildConnector({ ca: SELF_SIGNED.cert, timeout: 5000 }) });
    expect(wordOf(await other.fetch("https://host.test/a.jpg", never))).toBe("tls_invalid");
  });

  it("receives the login that was given, and a site does not", async () => {
    const proxy = await proxyThat(toServers);
    await fetcherThrough(`http://jo:secret@127.0.0.1:${proxy.port}`).fetch("http://pictures.test/a.jpg", never);
    expect(proxy.headers["proxy-authorization"]).toBe(`Basic ${Buffer.from("jo:secret").toString("base64")}`);
    expect(Object.keys(plain.lastHeaders("/a.jpg") ?? {}).filter((name) => name.includes("auth"))).toEqual([]);
  });

  it("never hears of a refused address: named by a URL, a name server or a redirect, alone or beside a public one", async () => {
    const proxy = await proxyThat(toServers);
    const fetcher = fetcherThrough(proxy.url);
    for (const url of ["http://127.0.0.1/", "https://[::1]/", "http://inside.test/", "https://mixed.test/", "http://pictures.test/inside"])
      expect([url, wordOf(await fetcher.fetch(url, never))]).toEqual([url, "blocked_address"]);
    expect(proxy.asked).toEqual([`${PUBLIC}:80`]);
  });

  it("is not asked for hosts of NO_PROXY, whose addresses are looked up and checked nevertheless", async () => {
    const proxy = await proxyThat(toServers);
    const fetcher = fetcherThrough("environment", {}, { HTTP_PROXY: proxy.url, NO_PROXY: "127.0.0.1,inside.test" });
    expect(wordOf(await fetcher.fetch("http://inside.test/", never))).toBe("blocked_address");
    const open = fetcherThrough("environment", { allowPrivateNetwork: true }, { HTTP_PROXY: proxy.url, NO_PROXY: "127.0.0.1" });
    expect(wordOf(await open.fetch(plain.url("/a.jpg"), never))).toBe("picture");
    expect(proxy.asked).toEqual([]);
    expect(wordOf(await open.fetch("http://pictures.test/a.jpg", never))).toBe("picture");
    expect(proxy.asked).toEqual([`${PUBLIC}:80`]);
  });

  it("leads to a host's second address if it cannot reach the first", async () => {
    const proxy = await proxyThat((authority) => (authority === `${PUBLIC}:80` ? { status: 502 } : toServers(authority)));
    expect(wordOf(await fetcherThrough(proxy.url).fetch("http://two.test/a.jpg", never))).toBe("picture");
    expect(proxy.asked).toEqual([`${PUBLIC}:80`, "93.184.215.15:80"]);
  });

  it("whose tunnel breaks before the site has answered is not asked for another one, because the connection was not a stale one", async () => {
    const proxy = await proxyThat(toServers);
    plain.route("/reset", { reset: "before-headers" });
    expect(wordOf(await fetcherThrough(proxy.url).fetch("http://pictures.test/reset", never))).toBe("connection_reset");
    expect([plain.requests("/reset"), proxy.asked.length]).toEqual([1, 1]);
  });

  it.each<[string, ProxyAnswer, string, RegExp]>([
    ["answers 403", { status: 403 }, "connect_refused", /answers 403 to CONNECT 93\.184\.215\.14:80/],
    ["answers 407", { status: 407 }, "connect_refused", /answers 407/],
    ["answers 502", { status: 502 }, "connect_refused", /answers 502/],
    ["answers 504", { status: 504 }, "connect_timeout", /answers 504/],
    ["redirects", { status: 302 }, "connect_refused", /answers 302/],
    ["says nothing", "silence", "connect_timeout", /did not answer within 300 ms/],
    ["hangs up", "hang up", "connection_reset", /closed the connection instead of answering/],
    ["speaks something else", { raw: "SSH-2.0-OpenSSH\r\n" }, "connect_refused", /no HTTP/],
    [
      "answers with more than a head",
      { raw: "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n" },
      "connect_refused",
      /more than it was asked/,
    ],
    ["sends a head without end", { raw: `HTTP/1.1 200 OK\r\nX-A: ${"a".repeat(20_000)}` }, "connect_refused", /no HTTP/],
    ["sends half of a head", { raw: "HTTP/1.1 200 OK\r\nX-A: a" }, "connect_timeout", /did not answer/],
  ])("that %s fails the sample, retryably, and gives its slot back", async (_, answer, code, detail) => {
    const proxy = await proxyThat(() => answer);
    const fetcher = fetcherThrough(proxy.url, { timeoutMs: 300 });
    const result = await fetcher.fetch("http://pictures.test/a.jpg", never);
    expect(result.ok ? {} : result.failure).toEqual({ code, detail: expect.stringMatching(detail) });
    expect([result.ok ? 0 : result.httpStatus, fetcher.inFlight]).toEqual([undefined, 0]);
  });

  it("that fails for robots.txt makes the image fail in the same way, and allows no download", async () => {
    const proxy = await proxyThat(() => ({ status: 403 }));
    const result = await fetcherThrough(proxy.url, { robots: "obey" }).fetch("http://pictures.test/a.jpg", never);
    expect([wordOf(result), proxy.asked.length]).toEqual(["connect_refused", 1]);
  });
});

describe("a proxy that dies in the middle", () => {
  const watchedThrough = (choice: string, whileAsleep: () => Promise<void>, environment: Record<string, string> = {}) => {
    const proxies = proxiesOf(choice, environment);
    const fetcher = fetcherThrough(choice, { timeoutMs: 2000, allowPrivateNetwork: true }, environment);
    const notices: string[] = [];
    let nowMs = 0;
    const watched = watchOutagesByProxy(fetcher, proxies, (proxy) =>
      watchOutages(fetcher, {
        maxOutageMs: 600_000,
        proxy,
        now: () => nowMs,
        sleep: async (delayMs) => {
          nowMs += delayMs;
          await whileAsleep();
        },
        onNotice: (text) => void notices.push(text),
      }),
    );
    return { watched, notices };
  };
  const many = Array.from({ length: 80 }, (_, index) => `http://host${index}.test/a.jpg`);

  it("makes the download pause, say what it suspects, and go on when the proxy is back: no sample fails", async () => {
    const proxy = await proxyThat(toServers);
    const { watched, notices } = watchedThrough(proxy.url, () => proxy.start());
    expect(wordOf(await watched.fetch("http://pictures.test/a.jpg", never))).toBe("picture");
    await proxy.stop();
    const results = await Promise.all(many.map((url) => watched.fetch(url, never)));
    expect(new Set(results.map(wordOf))).toEqual(new Set(["picture"]));
    expect(notices).toEqual([
      expect.stringMatching(
        `no host answers any more .*: the network, the resolver or the proxy ${proxy.url} seems to be gone \\(the proxy .* ECONNREFUSED .*\\); .* waits up to 600 s`,
      ),
      "hosts answer again: the download goes on",
    ]);
  });

  it("or begins to refuse its login does the same", async () => {
    let isLoginGood = true;
    const proxy = await proxyThat((authority) => (isLoginGood ? toServers(authority) : { status: 407 }));
    const { watched, notices } = watchedThrough(proxy.url, async () => {
      isLoginGood = true;
    });
    // Asked for its own connection, because an open tunnel needs no login.
    expect(wordOf(await watched.fetch("http://pictures.test/a.jpg", never))).toBe("picture");
    isLoginGood = false;
    await proxy.stop();
    await proxy.start();
    const results = await Promise.all(many.map((url) => watched.fetch(url, never)));
    expect([new Set(results.map(wordOf)), notices.length]).toEqual([new Set(["picture"]), 2]);
    expect(notices[0]).toContain("(the proxy answers 407 to CONNECT");
  });

  it("is not taken for alive because hosts of NO_PROXY answer", async () => {
    const proxy = await proxyThat(toServers);
    const environment = { HTTP_PROXY: proxy.url, NO_PROXY: "127.0.0.1" };
    const { watched, notices } = watchedThrough("environment", () => proxy.start(), environment);
    expect(wordOf(await watched.fetch("http://pictures.test/a.jpg", never))).toBe("picture");
    await proxy.stop();
    const mixed = many.flatMap((url, index) => [url, plain.url(`/a.jpg?${index}`)]);
    const results = await Promise.all(mixed.map((url) => watched.fetch(url, never)));
    expect([new Set(results.map(wordOf)), notices.length]).toEqual([new Set(["picture"]), 2]);
  });
});
