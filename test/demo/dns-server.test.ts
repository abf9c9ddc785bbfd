// The demo's DNS server, asked by c-ares.
import { promises as dns } from "node:dns";
import { afterEach, expect, it } from "vitest";
import { type DnsServer, type DnsServerOptions, startDnsServer } from "../../src/demo/dns-server.ts";

let server: DnsServer | undefined;
afterEach(() => server?.close());

async function clientOf(options: DnsServerOptions): Promise<dns.Resolver> {
  server = await startDnsServer(options);
  const client = new dns.Resolver({ timeout: 100, tries: 1 });
  client.setServers([server.address]);
  return client;
}

it("answers A and AAAA with the addresses of a name", async () => {
  const client = await clientOf({ answer: () => ["127.0.0.1", "127.0.0.2", "2001:db8::7"], ttlSeconds: 7 });
  expect(await client.resolve4("Pictures.Test", { ttl: true })).toEqual([
    { address: "127.0.0.1", ttl: 7 },
    { address: "127.0.0.2", ttl: 7 },
  ]);
  expect(await client.resolve6("pictures.test")).toEqual(["2001:db8::7"]);
  expect(server?.questions("pictures.test")).toBe(2);
});

it("says NXDOMAIN, NODATA and SERVFAIL", async () => {
  const client = await clientOf({ answer: (name) => (name === "none.test" ? undefined : name === "bad.test" ? "servfail" : "127.0.0.1") });
  await expect(client.resolve4("none.test")).rejects.toMatchObject({ code: "ENOTFOUND" });
  await expect(client.resolve6("four.test")).rejects.toMatchObject({ code: "ENODATA" });
  await expect(client.resolve4("bad.test")).rejects.toMatchObject({ code: "ESERVFAIL" });
});

it("stays silent when told so", async () => {
  const client = await clientOf({ answer: () => "silent" });
  await expect(client.resolve4("quiet.test")).rejects.toMatchObject({ code: "ETIMEOUT" });
});
