// Whole runs through a proxy: no password on disk, and an early error if it is of no use.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeAll, expect, it } from "vitest";
import { startDnsServer } from "../../src/demo/dns-server.ts";
import { expectRefusal } from "../support/cli/refusals.ts";
import { startScriptedProxy } from "../support/fetch/scripted-proxy.ts";
import { startScriptedServer } from "../support/fetch/scripted-server.ts";
import { faultsOf, sidecarRows } from "../support/output.ts";
import { withFolder, writeParquet } from "../support/parquet.ts";
import { runPrepHere } from "../support/prep-here.ts";
import { paintPicture } from "../support/transform/painted-picture.ts";

/** A public address; the proxy connects to loopback instead. */
const PUBLIC = "93.184.215.14";
const LOGIN = `Basic ${Buffer.from("jo:Tr0ub4dor").toString("base64")}`;

let picture: Buffer;
const closing: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  picture = await paintPicture(320, 200);
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** An image server behind a proxy with a login, and a name server that knows one name. */
async function world() {
  const server = await startScriptedServer({ "/a.jpg": { body: picture }, "/b.jpg": { body: picture } });
  const dns = await startDnsServer({ answer: (name) => (name === "pictures.test" ? PUBLIC : undefined) });
  const proxy = await startScriptedProxy((authority, headers) => {
    if (headers["proxy-authorization"] !== LOGIN) return { status: 407 };
    return authority.startsWith(`${PUBLIC}:`) ? { to: server.port } : { status: 502 };
  });
  closing.push(server.close, dns.close, proxy.stop);
  return { server, proxy, options: ["--dns-server", dns.address, "--robots", "ignore"] };
}

async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

it("workers and a retry use the proxy, and its password is in no file and no message", () =>
  withFolder(async (folder) => {
    const { server, proxy, options } = await world();
    const list = await writeParquet(
      join(folder, "list.parquet"),
      "SELECT unnest(['http://pictures.test/a.jpg', 'http://pictures.test/b.jpg', 'http://127.0.0.1/a.jpg']) AS url",
    );
    const output = join(folder, "out");
    server.route("/b.jpg", { status: 503 });
    const args = ["download", list, "--output", output, "--number-sample-per-shard", "2", "--processes-count", "2", ...options];
    const first = await runPrepHere([...args, "--proxy", proxy.url.replace("//", "//jo:Tr0ub4dor@")]);
    expect([first.code, first.stderr]).toEqual([0, expect.stringContaining(`notice: --proxy: all downloads go through ${proxy.url}\n`)]);
    expect((await sidecarRows(output)).map(({ outcome }) => outcome)).toEqual(["success", "http_5xx", "blocked_address"]);

    server.route("/b.jpg", { body: picture });
    const env = { http_proxy: proxy.url.replace("//", "//jo:Tr0ub4dor@"), https_proxy: "", no_proxy: "" };
    const again = await runPrepHere(["retry", output, "--proxy", "environment", ...options], { env });
    expect([again.code, again.stderr]).toEqual([0, expect.stringContaining(`through ${proxy.url}\n`)]);
    expect(await faultsOf(output, 3)).toEqual([]);
    expect(new Set(proxy.asked)).toEqual(new Set(["192.0.2.1:443", `${PUBLIC}:80`]));
    const settings = JSON.parse(await readFile(join(output, "_prep", "settings.json"), "utf8")) as { proxy: string };
    expect(settings.proxy).toBe(proxy.url);

    const files = await filesUnder(output);
    expect(files).toContain(join(output, "run.json"));
    const secrets = ["Tr0ub4dor", LOGIN.slice("Basic ".length)];
    for (const file of files) {
      const text = await readFile(file, "latin1");
      expect([file, secrets.filter((secret) => text.includes(secret))]).toEqual([file, []]);
    }
    for (const { stdout, stderr } of [first, again]) expect(secrets.filter((secret) => (stdout + stderr).includes(secret))).toEqual([]);
  }));

it("a proxy that is of no use ends the run with an error before any work", () =>
  withFolder(async (folder) => {
    const { proxy, server, options } = await world();
    const metadata = await writeParquet(join(folder, "list.parquet"), "SELECT 'http://pictures.test/a.jpg' AS url, 'x' AS caption");
    const output = join(folder, "out");
    for (const verb of [
      ["download", metadata],
      ["SELECT * FROM metadata", "--metadata", metadata],
    ]) {
      const args = [...verb, "--output", output, ...options, "--proxy"];
      const wrong = proxy.url.replace("//", "//jo:Tr0ub@");
      await expectRefusal([...args, wrong], { code: 4, says: [/refuses the login that it was given \(407\)\nhint: /], output });
      await expectRefusal([...args, proxy.url], { code: 4, says: [/asks for a login \(407\)\nhint: .*PREP_PROXY/], output });
      await expectRefusal([...args, "socks5://jo:Tr0ub@127.0.0.1:1"], {
        code: 2,
        says: [/--proxy is not the address of an HTTP proxy\n/],
        output,
      });
      await expectRefusal([...args, "127.0.0.1:1"], { code: 4, says: [/the proxy http:\/\/127\.0\.0\.1:1 cannot be reached/], output });
    }
    expect(server.connections()).toBe(0);
  }));
