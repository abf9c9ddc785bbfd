// No way leads to loopback: not by literal, name, redirect or rebinding. A canary server counts connections.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Budget } from "../../src/core/budget.ts";
import { type DnsServer, startDnsServer } from "../../src/demo/dns-server.ts";
import { assertGuard, createConnector } from "../../src/fetch/connector.ts";
import { createFetcher, type Fetcher } from "../../src/fetch/fetcher.ts";
import { createResolver, type Resolver } from "../../src/fetch/resolver.ts";
import { type ScriptedServer, startScriptedServer } from "../support/scripted-server.ts";

const never = new AbortController().signal;
let canary: ScriptedServer;
let canary6: ScriptedServer | undefined;
let dns: DnsServer;
let fetcher: Fetcher;
let addresses: Record<string, string | readonly string[]>;

beforeAll(async () => {
  canary = await startScriptedServer({ "/": { body: "secret" } });
  // A machine without IPv6 has no ::1 to reach.
  canary6 = await startScriptedServer({ "/": { body: "secret" } }, { host: "::1" }).catch(() => undefined);
  dns = await startDnsServer({ answer: (name) => addresses[name] });
});
beforeEach(() => {
  addresses = {};
  fetcher = createFetcher({
    maxInFlight: 4,
    bytes: new Budget(1e6),
    userAgent: "prep/test",
    dnsServers: [dns.address],
    timeoutMs: 300,
    totalTimeoutMs: 600,
  });
  return () => fetcher.close();
});
afterAll(async () => {
  await Promise.all([canary.close(), canary6?.close(), dns.close()]);
});

const codeOf = async (url: string) => {
  const result = await fetcher.fetch(url, never);
  return result.ok ? "success" : result.failure.code;
};
const connections = () => canary.connections() + (canary6?.connections() ?? 0);

describe("without allowPrivateNetwork", () => {
  it.each([
    "127.0.0.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "127.1",
    "0",
    "127.0.0.1.",
    "１２７.０.０.１",
    "localhost",
    "LOCALHOST.",
    "a.localhost",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::7f00:1]",
  ])("http://%s/ reaches nothing", async (host) => {
    expect(["blocked_address", "dns_not_found"]).toContain(await codeOf(`http://${host}:${canary.port}/`));
    expect(["blocked_address", "dns_not_found"]).toContain(await codeOf(`http://${host}:${canary6?.port ?? canary.port}/`));
    expect(connections()).toBe(0);
  });

  it.each<[string, string | readonly string[]]>([
    ["loopback", "127.0.0.1"],
    ["IPv6 loopback", "::1"],
    ["mapped loopback", "::ffff:127.0.0.1"],
    ["a public and a private address", ["93.184.215.14", "127.0.0.1"]],
    ["cloud metadata", "169.254.169.254"],
    ["an intranet", "10.0.0.7"],
  ])("a name of %s reaches nothing", async (_, address) => {
    addresses["evil.test"] = address;
    expect(await codeOf(`http://evil.test:${canary.port}/`)).toBe("blocked_address");
    expect(connections()).toBe(0);
  });

  it("privileged ports of strangers are not spoken to", async () => {
    expect(await codeOf("http://evil.test:22/")).toBe("blocked_port");
    expect(dns.questions("evil.test:22")).toBe(0);
  });

  it("the self-test passes", async () => {
    const resolver = createResolver();
    await assertGuard(createConnector({ resolver, allowPrivateNetwork: false, timeoutMs: 100, insecureTls: false }));
  });

  it("a guard that lets loopback through fails the self-test", async () => {
    const connector = createConnector({ resolver: createResolver(), allowPrivateNetwork: true, timeoutMs: 100, insecureTls: false });
    await expect(assertGuard(connector)).rejects.toThrow("let 127.0.0.1 through");
  });
});

describe("the address that is connected to", () => {
  const connect = (resolver: Resolver, allowPrivateNetwork: boolean) =>
    new Promise<string>((resolve) => {
      const connector = createConnector({ resolver, allowPrivateNetwork, timeoutMs: 300, insecureTls: false });
      connector({ hostname: "rebind.test", host: "rebind.test", protocol: "http:", port: String(canary.port) }, (error, socket) => {
        resolve(error ? error.message : `connected to ${socket?.remoteAddress}`);
        socket?.destroy();
      });
    });

  it("is the one that was checked: the name is resolved once for each connection", async () => {
    let asked = 0;
    const rebinding: Resolver = {
      resolve: () => Promise.resolve({ ok: true, addresses: [asked++ === 0 ? "127.0.0.3" : "127.0.0.1"] }),
      close: () => undefined,
    };
    expect(await connect(rebinding, false)).toContain("127.0.0.3 (loopback)");
    expect(await connect(rebinding, false)).toContain("127.0.0.1 (loopback)");
    expect(asked).toBe(2);
  });

  it("is the second where the first refuses", async () => {
    const resolver: Resolver = {
      resolve: () => Promise.resolve({ ok: true, addresses: ["127.0.0.3", "127.0.0.1"] }),
      close: () => undefined,
    };
    const before = canary.connections();
    expect(await connect(resolver, true)).toBe("connected to 127.0.0.1");
    expect(canary.connections()).toBe(before + 1);
  });
});
