// The resolver against a DNS server on loopback.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type DnsAnswer, type DnsServer, startDnsServer } from "../../../src/demo/dns-server.ts";
import { createResolver, type Resolver, type ResolverOptions } from "../../../src/fetch/guard/resolver.ts";

let server: DnsServer;
let resolver: Resolver;
afterEach(async () => {
  resolver.close();
  await server.close();
});

async function start(answer: (name: string) => DnsAnswer, options: ResolverOptions = {}, delayMs = 0): Promise<void> {
  server = await startDnsServer({ answer, ttlSeconds: 0, delayMs });
  resolver = createResolver({ servers: [server.address], queryTimeoutMs: 2000, ...options });
}

describe("createResolver", () => {
  it("asks once for many callers, and not again while the answer is valid", async () => {
    await start(() => "192.0.2.1", {}, 20);
    const answers = await Promise.all(Array.from({ length: 20 }, () => resolver.resolve("a.test")));
    expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(new Set([`{"ok":true,"addresses":["192.0.2.1"]}`]));
    await resolver.resolve("a.test");
    // A ttl of 0 counts as 1 s.
    expect(server.questions("a.test")).toBe(1);
  });

  it("asks for AAAA only if there is no A record", async () => {
    await start((name) => (name === "six.test" ? "2001:db8::6" : ["192.0.2.4", "2001:db8::4"]));
    expect(await resolver.resolve("both.test")).toEqual({ ok: true, addresses: ["192.0.2.4"] });
    expect(await resolver.resolve("six.test")).toEqual({ ok: true, addresses: ["2001:db8::6"] });
    expect([server.questions("both.test"), server.questions("six.test")]).toEqual([1, 2]);
  });

  it("asks for AAAA behind an alias that has no A record", async () => {
    await start((name) =>
      name === "six.test" ? { alias: "cdn.test", addresses: ["2001:db8::6"] } : { alias: "cdn.test", addresses: ["192.0.2.4"] },
    );
    expect(await resolver.resolve("six.test")).toEqual({ ok: true, addresses: ["2001:db8::6"] });
    expect(await resolver.resolve("four.test")).toEqual({ ok: true, addresses: ["192.0.2.4"] });
    expect([server.questions("six.test"), server.questions("four.test")]).toEqual([2, 1]);
  });

  it("calls an alias of a name without any address not found", async () => {
    await start(() => ({ alias: "cdn.test", addresses: [] }));
    expect(await resolver.resolve("dangling.test")).toMatchObject({ ok: false, failure: { code: "dns_not_found" } });
    expect(server.questions("dangling.test")).toBe(2);
  });

  it("prefers IPv6 addresses if the machine has a route for IPv6 alone", async () => {
    await start((name) => (name === "four.test" ? "192.0.2.4" : ["192.0.2.4", "2001:db8::4"]), { family: async () => 6 });
    expect(await resolver.resolve("both.test")).toEqual({ ok: true, addresses: ["2001:db8::4"] });
    expect(await resolver.resolve("four.test")).toEqual({ ok: true, addresses: ["192.0.2.4"] });
    expect([server.questions("both.test"), server.questions("four.test")]).toEqual([1, 2]);
  });

  it("remembers that a name does not exist", async () => {
    await start(() => undefined);
    expect(await resolver.resolve("gone.test")).toMatchObject({ ok: false, failure: { code: "dns_not_found" } });
    await resolver.resolve("gone.test");
    expect(server.questions("gone.test")).toBe(1);
  });

  it("calls a name without any address not found", async () => {
    await start(() => []);
    expect(await resolver.resolve("empty.test")).toMatchObject({ ok: false, failure: { code: "dns_not_found" } });
  });

  it.each(["servfail", "silent"] as const)("calls it a failure if the server is %s", async (answer) => {
    await start(() => answer, { queryTimeoutMs: 100 });
    expect(await resolver.resolve("bad.test")).toMatchObject({ ok: false, failure: { code: "dns_failed" } });
  });

  it("waits for a name that the server has to look for, however quick it is with others", async () => {
    const lost = 2;
    await start((name) => (name === "slow.test" && server.questions(name) <= lost ? "silent" : "192.0.2.1"));
    for (let index = 0; index < 20; index++) await resolver.resolve(`quick${index}.test`);
    expect(await resolver.resolve("slow.test")).toEqual({ ok: true, addresses: ["192.0.2.1"] });
    expect(server.questions("slow.test")).toBe(lost + 1);
  });

  it("uses at most 16 addresses", async () => {
    await start(() => Array.from({ length: 25 }, (_, index) => `192.0.2.${index}`));
    const answer = await resolver.resolve("many.test");
    expect(answer.ok && answer.addresses.length).toBe(16);
  });

  it("answers names that no server could hold without throwing", async () => {
    await start(() => "192.0.2.1");
    for (const name of [`${"a".repeat(70)}.test`, `${"a.".repeat(200)}test`, "a..test", ".", "xn--.test"]) {
      expect(typeof (await resolver.resolve(name)).ok).toBe("boolean");
    }
  });

  it("leaves localhost, names without a dot and the hosts file's names to the system", async () => {
    const folder = await mkdtemp(join(tmpdir(), "prep-hosts-"));
    await writeFile(join(folder, "hosts"), "# names\n127.0.0.1 local.test # other.test\n");
    await start(() => "192.0.2.1", { hostsFile: join(folder, "hosts") });
    expect(await resolver.resolve("localhost")).toMatchObject({ ok: true, addresses: ["127.0.0.1"] });
    await resolver.resolve("local.test");
    expect(await resolver.resolve("other.test")).toEqual({ ok: true, addresses: ["192.0.2.1"] });
    expect([server.questions("localhost"), server.questions("local.test"), server.questions("other.test")]).toEqual([0, 0, 1]);
    await rm(folder, { recursive: true });
  });

  it("keeps the number of queries under way within its bound", async () => {
    await start(() => "192.0.2.1", { maxQueries: 2 }, 50);
    const startedAt = performance.now();
    await Promise.all(["a.test", "b.test", "c.test", "d.test"].map((name) => resolver.resolve(name)));
    expect(performance.now() - startedAt).toBeGreaterThan(95);
  });

  it("asks for no more names once it is closed, not even for those that waited", async () => {
    await start(() => "silent", { maxQueries: 2 });
    const waiting = ["a.test", "b.test", "c.test", "d.test"].map((name) => resolver.resolve(name));
    await vi.waitFor(() => expect([server.questions("a.test"), server.questions("b.test")]).toEqual([1, 1]));
    resolver.close();
    for (const resolution of await Promise.all(waiting)) expect(resolution).toMatchObject({ ok: false, failure: { code: "dns_failed" } });
    expect([server.questions("c.test"), server.questions("d.test")]).toEqual([0, 0]);
  });

  it("asks again for names that failed while no server answered, as soon as one does", async () => {
    let isUp = false;
    await start(() => (isUp ? "192.0.2.1" : "servfail"));
    const names = ["a.test", "b.test", "c.test"];
    for (const name of names) expect((await resolver.resolve(name)).ok).toBe(false);
    expect([await resolver.askAnew("a.test"), resolver.answers]).toEqual([false, 0]);
    isUp = true;
    expect((await resolver.resolve("a.test")).ok).toBe(false);
    expect([await resolver.askAnew("d.test"), resolver.answers]).toEqual([true, 1]);
    for (const name of names) expect((await resolver.resolve(name)).ok).toBe(true);
  });

  it("counts no literal address and no name of this machine as an answer of a server", async () => {
    await start(() => "192.0.2.1");
    expect([await resolver.askAnew("127.0.0.1"), await resolver.askAnew("[::1]"), await resolver.askAnew("localhost")]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    await resolver.resolve("localhost");
    expect(resolver.answers).toBe(0);
  });
});
