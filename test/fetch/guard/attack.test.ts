// The whole attack list, by every way in, against the real fetcher: nothing is connected to.
// A canary on loopback hears nothing. Connections are opened through a recorder, so that no packet leaves loopback even if the
// guard is broken.
import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import { buildConnector } from "undici";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { Budget } from "../../../src/core/budget.ts";
import { type DnsServer, startDnsServer } from "../../../src/demo/dns-server.ts";
import { createFetcher, type Fetcher } from "../../../src/fetch/fetcher.ts";
import { createConnector } from "../../../src/fetch/guard/connector.ts";
import type { Resolver } from "../../../src/fetch/guard/resolver.ts";
import { proxiesOf } from "../../../src/fetch/proxy/proxy.ts";
import { startScriptedProxy } from "../../support/fetch/scripted-proxy.ts";
import { type ScriptedServer, startScriptedServer } from "../../support/fetch/scripted-server.ts";

/** An address of the public internet. The recorder connects to the redirecting server in its place. */
const PUBLIC = "93.184.215.14";
const REFUSED = ["blocked_address", "invalid_url", "dns_not_found"];

const hosts = (await readFile(join(import.meta.dirname, "attack-list.txt"), "utf8"))
  .split("\n")
  .map((line) => line.replace(/#.*/, "").trim())
  .filter((line) => line !== "");
/** The addresses that the list's spellings mean, each once. */
const addresses = [...new Set(hosts.map(addressOf).filter((address) => address !== undefined))];

const never = new AbortController().signal;
let canary: ScriptedServer;
let canary6: ScriptedServer | undefined;
let redirector: ScriptedServer;
let dns: DnsServer;
let answers: Map<string, readonly string[]>;
let opened: string[];
const fetchers: Fetcher[] = [];

beforeAll(async () => {
  canary = await startScriptedServer({ "/": { body: "secret" } });
  // A machine without IPv6 has no ::1 to reach.
  canary6 = await startScriptedServer({ "/": { body: "secret" } }, { host: "::1" }).catch(() => undefined);
  redirector = await startScriptedServer();
  dns = await startDnsServer({ answer: (name) => answers.get(name), ttlSeconds: 0 });
});
beforeEach(() => {
  answers = new Map();
  opened = [];
});
afterEach(async () => {
  await Promise.all(fetchers.splice(0).map((fetcher) => fetcher.close()));
});
afterAll(async () => {
  await Promise.all([canary.close(), canary6?.close(), redirector.close(), dns.close()]);
});

const real = buildConnector({ timeout: 1000 });
const record: buildConnector.connector = (target, callback) => {
  opened.push(target.hostname);
  if (target.hostname === PUBLIC) return real({ ...target, hostname: "127.0.0.1", port: String(redirector.port) }, callback);
  if (/^127\.|^::1$|^::ffff:7f|^0\.0\.0\.0$/.test(target.hostname)) return real(target, callback);
  return callback(new Error("not in a test"), null);
};

function guarded(allowPrivateNetwork = false, proxy?: string): Fetcher {
  const fetcher = createFetcher({
    maxInFlight: 32,
    bytes: new Budget(1e6),
    userAgent: "prep/test",
    dnsServers: [dns.address],
    allowedPorts: [canary.port, canary6?.port ?? canary.port],
    connectionsPerHost: 32,
    robots: "ignore",
    allowPrivateNetwork,
    open: record,
    ...(proxy ? { proxies: proxiesOf(proxy, {}) } : {}),
  });
  fetchers.push(fetcher);
  return fetcher;
}

const connections = () => canary.connections() + (canary6?.connections() ?? 0);
const codesOf = async (fetcher: Fetcher, urls: readonly string[]) => {
  const results = await Promise.all(urls.map((url) => fetcher.fetch(url, never)));
  return results.map((result, index) => {
    return result.ok ? `success ${urls[index]}` : `${result.failure.code} ${urls[index]} ${result.failure.detail ?? ""}`;
  });
};
const surprises = (codes: readonly string[], expected: readonly string[]) =>
  codes.filter((code) => !expected.includes(code.split(" ", 1)[0] ?? ""));
const urlOf = (host: string) => `http://${host}:${host.startsWith("[") && canary6 ? canary6.port : canary.port}/`;

function addressOf(host: string): string | undefined {
  const parsed = URL.canParse(`http://${host}/`) ? new URL(`http://${host}/`).hostname.replace(/^\[|\]$/g, "") : "";
  return isIP(parsed) === 0 ? undefined : parsed;
}

it("is long, and means what it says", () => {
  expect(hosts.length).toBeGreaterThan(450);
  expect(addresses.length).toBeGreaterThan(150);
});

it("would be heard: with --allow-private-network loopback's spellings reach the canary", async () => {
  const before = connections();
  const codes = await codesOf(guarded(true), hosts.filter((host) => addressOf(host) === "127.0.0.1").map(urlOf));
  expect(codes.length).toBeGreaterThan(15);
  expect(surprises(codes, ["success"])).toEqual([]);
  expect(connections()).toBeGreaterThan(before);
});

it.each(["http", "https"])("reaches nothing directly by %s", async (scheme) => {
  const before = connections();
  const codes = await codesOf(
    guarded(),
    hosts.map((host) => urlOf(host).replace("http", scheme)),
  );
  expect(surprises(codes, REFUSED)).toEqual([]);
  expect([opened, connections()]).toEqual([[], before]);
});

it("asks a proxy for nothing, by http, by https or by a DNS answer", async () => {
  const proxy = await startScriptedProxy(() => ({ to: canary.port }));
  const before = connections();
  addresses.forEach((address, index) => {
    answers.set(`proxied${index}.test`, [address]);
  });
  const urls = [...hosts, ...answers.keys()].map(urlOf);
  const codes = await codesOf(guarded(false, proxy.url), [...urls, ...urls.map((url) => url.replace("http", "https"))]);
  expect(surprises(codes, REFUSED)).toEqual([]);
  expect([proxy.asked, opened, connections()]).toEqual([[], [], before]);
  // The proxy would have been asked, and the canary would have heard it.
  const open = guarded(true, proxy.url);
  expect(surprises(await codesOf(open, hosts.filter((host) => addressOf(host) === "127.0.0.1").map(urlOf)), ["success"])).toEqual([]);
  expect(new Set(proxy.asked)).toEqual(new Set([`127.0.0.1:${canary.port}`]));
  await proxy.stop();
});

it("reaches nothing by redirect", async () => {
  const before = connections();
  answers.set("redirect.test", [PUBLIC]);
  hosts.forEach((host, index) => {
    // Non-ASCII text in UTF-8, as servers send it.
    redirector.route(`/${index}`, { redirect: Buffer.from(urlOf(host), "utf8").toString("latin1") });
  });
  const codes = await codesOf(
    guarded(),
    hosts.map((_, index) => `http://redirect.test/${index}`),
  );
  expect(surprises(codes, [...REFUSED, "bad_redirect"])).toEqual([]);
  expect(redirector.requests()).toBe(hosts.length);
  expect([opened.filter((address) => address !== PUBLIC), connections()]).toEqual([[], before]);
});

it("reaches nothing by a DNS answer, alone or beside a public address", async () => {
  const before = connections();
  addresses.forEach((address, index) => {
    answers.set(`alone${index}.test`, [address]);
    answers.set(`before${index}.test`, [address, isIP(address) === 4 ? PUBLIC : "2606:4700:4700::1111"]);
    answers.set(`behind${index}.test`, [isIP(address) === 4 ? PUBLIC : "2606:4700:4700::1111", address]);
  });
  const urls = [...answers.keys()].map(urlOf);
  const codes = await codesOf(guarded(), urls);
  expect(codes).toHaveLength(3 * addresses.length);
  expect(surprises(codes, ["blocked_address"])).toEqual([]);
  expect([opened, connections()]).toEqual([[], before]);
});

it("reaches nothing by rebinding: the connection goes to the checked address, whatever the name means next", async () => {
  const before = connections();
  for (const address of addresses) {
    let asked = 0;
    const rebinding: Pick<Resolver, "resolve"> = {
      resolve: () => Promise.resolve({ ok: true, addresses: [asked++ % 2 === 0 ? PUBLIC : address] }),
    };
    const connector = createConnector({
      resolver: rebinding,
      allowPrivateNetwork: false,
      timeoutMs: 1000,
      insecureTls: false,
      open: (target, callback) => {
        opened.push(target.hostname);
        callback(new Error("not in a test"), null);
      },
    });
    const target = { hostname: "rebind.test", host: "rebind.test", protocol: "http:", port: String(canary.port) };
    const connect = () => new Promise<string>((resolve) => connector(target, (...[error]) => resolve(error?.message ?? "connected")));
    expect([await connect(), await connect()]).toEqual(["not in a test", expect.stringContaining(`${address} (`)]);
  }
  expect([[...new Set(opened)], connections()]).toEqual([[PUBLIC], before]);
});
