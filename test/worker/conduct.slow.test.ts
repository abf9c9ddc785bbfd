// Whole runs with block lists, robots.txt and loud options.
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ScriptedServer, startScriptedServer } from "../support/fetch/scripted-server.ts";
import { faultsOf, loadedSamples, sidecarRows } from "../support/output.ts";
import { withFolder, writeParquet } from "../support/parquet.ts";
import { runPrep } from "../support/run-prep.ts";
import { paintPicture } from "../support/transform/painted-picture.ts";

let server: ScriptedServer;
let small: Buffer;
let other: Buffer;

beforeAll(async () => {
  small = await paintPicture(320, 200);
  other = await paintPicture(320, 200, 1);
});
beforeEach(async () => {
  server = await startScriptedServer({
    "/small.jpg": { body: small },
    "/other.jpg": { body: other },
    "/moved.jpg": { redirect: "/listed.jpg" },
    "/listed.jpg": { body: small },
    "/closed/a.jpg": { body: small },
    "/robots.txt": { body: "User-agent: *\nDisallow: /closed\n" },
  });
  return () => server.close();
});

const listOf = (folder: string, urls: readonly string[]) =>
  writeParquet(join(folder, "list.parquet"), `SELECT unnest([${urls.map((url) => `'${url}'`).join(", ")}]) AS url`);
const outcomes = async (output: string) => (await sidecarRows(output)).map(({ outcome }) => outcome);
const DOWNLOAD = ["--allow-private-network", "--output-format", "webdataset", "--timeout", "2"];

describe("a block list", () => {
  it("keeps URLs, hosts, redirects and bytes out of an output, records each, and is part of its identity", () =>
    withFolder(async (folder) => {
      const list = await listOf(folder, [
        server.url("/small.jpg"),
        server.url("/other.jpg"),
        server.url("/moved.jpg"),
        server.url("/listed.jpg"),
        "http://img.blocked.example/a.jpg",
      ]);
      const blocked = join(folder, "blocked.txt");
      const digests = join(folder, "digests.txt");
      await writeFile(blocked, `${server.url("/listed.jpg")}\nblocked.example\n`);
      await writeFile(digests, createHash("sha1").update(other).digest("hex"));
      const output = join(folder, "out");
      const args = ["download", list, "--output", output, ...DOWNLOAD];
      const result = await runPrep([...args, "--block-list", blocked, digests]);
      expect([result.code, result.stderr]).toEqual([0, expect.stringContaining("block_listed")]);
      expect(await outcomes(output)).toEqual(["success", "block_listed", "block_listed", "block_listed", "block_listed"]);
      expect((await sidecarRows(output)).map(({ detail }) => String(detail).split(" ")[0])).toEqual(["null", "sha1", "url", "url", "host"]);
      expect(await loadedSamples(output)).toHaveLength(1);
      expect(await faultsOf(output, 5)).toEqual([]);
      expect(server.requests("/listed.jpg")).toBe(0);

      const without = await runPrep(args);
      expect([without.code, without.stderr]).toEqual([5, expect.stringContaining("--block-list: this output was made with")]);
      expect((await runPrep([...args, "--block-list", digests, blocked])).code).toBe(0);
    }));

  it("with a faulty line is refused with that line before any work", () =>
    withFolder(async (folder) => {
      await listOf(folder, [server.url("/small.jpg")]);
      const bad = join(folder, "bad.txt");
      await writeFile(bad, "fine.example\nnot fine\n");
      for (const verb of [
        ["download", join(folder, "list.parquet")],
        ["all", "--metadata", join(folder, "list.parquet")],
      ]) {
        const result = await runPrep([...verb, "--output", join(folder, "out"), "--block-list", bad]);
        expect([result.code, result.stderr]).toEqual([4, expect.stringContaining('bad.txt:2: "not fine" is not a URL')]);
      }
      expect(server.connections()).toBe(0);
    }));
});

describe("a run", () => {
  it("obeys robots.txt unless an option says otherwise, which a notice repeats", () =>
    withFolder(async (folder) => {
      const list = await listOf(folder, [server.url("/small.jpg"), server.url("/closed/a.jpg")]);
      const polite = await runPrep(["download", list, "--output", join(folder, "polite"), ...DOWNLOAD]);
      expect(await outcomes(join(folder, "polite"))).toEqual(["success", "robots_disallowed"]);
      expect(server.requests("/robots.txt")).toBe(1);
      expect(polite.stderr).toMatch(/notice: less careful than the default: --allow-private-network/);
      expect(polite.stderr).toMatch(/^ {2}! --allow-private-network/m);
      expect(polite.stderr).not.toContain("--robots ignore:");

      const rude = [
        ...DOWNLOAD,
        "--robots",
        "ignore",
        "--insecure-tls",
        "--disallowed-header-directives",
        "[]",
        "--ignore-tdm-reservation",
      ];
      const result = await runPrep(["download", list, "--output", join(folder, "rude"), ...rude, "--quiet"]);
      expect(await outcomes(join(folder, "rude"))).toEqual(["success", "success"]);
      for (const option of ["--robots ignore", "--insecure-tls", "--disallowed-header-directives", "--ignore-tdm-reservation"])
        expect(result.stderr).toContain(`! ${option}`);
      const record = JSON.parse(await readFile(join(folder, "rude", "run.json"), "utf8")) as { funnel: { relaxations: string[] } };
      expect(record.funnel.relaxations).toHaveLength(5);
    }));

  it("keeps the limit of connections to one host, whatever the number of its processes", () =>
    withFolder(async (folder) => {
      server.route("/slow.jpg", { status: 404, delayMs: 150 });
      const list = await listOf(
        folder,
        Array.from({ length: 180 }, (_, row) => server.url(`/slow.jpg?${row}`)),
      );
      const shape = ["--number-sample-per-shard", "30", "--processes-count", "3", "--thread-count", "16", "--robots", "ignore"];
      const result = await runPrep([
        "download",
        list,
        "--output",
        join(folder, "out"),
        ...DOWNLOAD,
        ...shape,
        "--connections-per-host",
        "6",
      ]);
      expect(result.code).toBe(0);
      expect(server.requests("/slow.jpg")).toBe(180);
      expect(server.peakRequests()).toBeLessThanOrEqual(6);
      // More than the share of one worker, so several worked together.
      expect(server.peakRequests()).toBeGreaterThan(2);
    }));

  it("uses no proxy of the environment, and says so", () =>
    withFolder(async (folder) => {
      const proxy = await startScriptedServer();
      const list = await listOf(folder, [server.url("/small.jpg")]);
      const names = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"];
      const env = {
        ...Object.fromEntries(names.map((name) => [name, proxy.url("")])),
        NO_PROXY: "",
        no_proxy: "",
        NODE_USE_ENV_PROXY: "1",
      };
      const result = await runPrep(["download", list, "--output", join(folder, "out"), ...DOWNLOAD], { env });
      expect([result.code, proxy.connections(), await outcomes(join(folder, "out"))]).toEqual([0, 0, ["success"]]);
      expect(result.stderr).toContain("http_proxy, https_proxy, all_proxy is set and not used");
      await proxy.close();
    }));

  it("sends the given contact, and refuses one that cannot be a contact", () =>
    withFolder(async (folder) => {
      const list = await listOf(folder, [server.url("/small.jpg")]);
      const args = ["download", list, "--output", join(folder, "out"), ...DOWNLOAD, "--contact"];
      expect((await runPrep([...args, "me@lab.example"])).code).toBe(0);
      expect(server.lastHeaders("/small.jpg")?.["user-agent"]).toMatch(/^prep\/\d+\.\d+\.\d+ \(\+me@lab\.example\)$/);
      for (const bad of ["me", "https://x\r\nX-A: b", "a b@c"]) {
        const result = await runPrep([...args, bad]);
        expect([result.code, result.stderr]).toEqual([2, expect.stringContaining("neither a web page nor a mail address")]);
      }
    }));

  it("of a withdrawn data set names its successor in a notice, and one of the successor has none", () =>
    withFolder(async (folder) => {
      const rows = `SELECT 1 AS "SAMPLE_ID", '${server.url("/small.jpg")}' AS "URL", 'a' AS "TEXT", '?' AS "LICENSE", 'UNLIKELY' AS "NSFW"`;
      const download = async (name: string) => {
        const list = await writeParquet(join(folder, name, "part-00000.parquet"), rows);
        return await runPrep(["download", list, "--url-col", "URL", "--output", join(folder, `${name}-out`), ...DOWNLOAD]);
      };
      expect((await download("old")).stderr).toMatch(
        /notice: .*LAION withdrew this data set in December 2023.*successor is laion\/relaion/,
      );
      expect((await download("relaion400m")).stderr).not.toContain("withdrew");
    }));

  it("refuses ports that are not ports", () =>
    withFolder(async (folder) => {
      const list = await listOf(folder, [server.url("/small.jpg")]);
      const result = await runPrep(["download", list, "--output", join(folder, "out"), "--allow-port", "70000"]);
      expect([result.code, result.stderr]).toEqual([2, expect.stringContaining("--allow-port 70000 is not a port")]);
    }));
});
