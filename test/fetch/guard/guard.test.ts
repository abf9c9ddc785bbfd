// What the guard does besides refusing addresses: ports, its self-test, second addresses.
import { afterAll, beforeAll, expect, it } from "vitest";
import { Budget } from "../../../src/core/budget.ts";
import { type DnsServer, startDnsServer } from "../../../src/demo/dns-server.ts";
import { createFetcher } from "../../../src/fetch/fetcher.ts";
import { assertGuard, createConnector } from "../../../src/fetch/guard/connector.ts";
import { createResolver, type Resolver } from "../../../src/fetch/guard/resolver.ts";
import { type ScriptedServer, startScriptedServer } from "../../support/fetch/scripted-server.ts";

const never = new AbortController().signal;
let canary: ScriptedServer;
let dns: DnsServer;

beforeAll(async () => {
  canary = await startScriptedServer({ "/": { body: "x" } });
  dns = await startDnsServer({ answer: () => "127.0.0.1" });
});
afterAll(async () => {
  await Promise.all([canary.close(), dns.close()]);
});

const unguarded = { allowPrivateNetwork: true, timeoutMs: 300, insecureTls: false };

it("does not even resolve a name whose port is not one of the web", async () => {
  const fetcher = createFetcher({ maxInFlight: 1, bytes: new Budget(1e6), userAgent: "prep/test", dnsServers: [dns.address] });
  const result = await fetcher.fetch("http://evil.test:22/", never);
  expect(result.ok ? "success" : result.failure).toEqual({ code: "blocked_port", detail: "port 22" });
  expect(dns.questions("evil.test")).toBe(0);
  await fetcher.close();
});

it("tests itself at the start, and fails the test if loopback is let through", async () => {
  const resolver = createResolver();
  await assertGuard(createConnector({ ...unguarded, resolver, allowPrivateNetwork: false }));
  await expect(assertGuard(createConnector({ ...unguarded, resolver }))).rejects.toThrow("let 127.0.0.1 through");
});

it("tries a host's second address if the first refuses", async () => {
  const resolver: Pick<Resolver, "resolve"> = {
    resolve: () => Promise.resolve({ ok: true, addresses: ["127.0.0.3", "127.0.0.1"] }),
  };
  const connector = createConnector({ ...unguarded, resolver });
  const target = { hostname: "two.test", host: "two.test", protocol: "http:", port: String(canary.port) };
  const connected = new Promise<string | undefined>((resolve) =>
    connector(target, (...[, socket]) => {
      resolve(socket?.remoteAddress);
      socket?.destroy();
    }),
  );
  expect(await connected).toBe("127.0.0.1");
});
