// Servers that misbehave in every known way, in one run with good ones.
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type DnsServer, startDnsServer } from "../../src/demo/dns-server.ts";
import { type Script, type ScriptedServer, startScriptedServer } from "../support/fetch/scripted-server.ts";
import { query } from "../support/output.ts";
import { withFolder, writeParquet } from "../support/parquet.ts";
import { ending, runPrep } from "../support/run-prep.ts";
import { paintPicture } from "../support/transform/painted-picture.ts";

const picture = await paintPicture(60, 40);
const half = Math.floor(picture.length / 2);

/** Paths, what the server does there, and the outcomes that docs/outcomes.md has for it. */
const SERVERS: readonly (readonly [string, Script, readonly string[]])[] = [
  ["/good", { body: picture }, ["success"]],
  ["/reset-at-0", { reset: "before-headers" }, ["connection_reset"]],
  ["/reset-at-50", { body: picture.subarray(0, half), contentLength: picture.length, reset: "after-body" }, ["connection_reset"]],
  ["/reset-at-99", { body: picture.subarray(0, -3), contentLength: picture.length, reset: "after-body" }, ["connection_reset"]],
  ["/short", { body: picture, cutAfterBytes: half }, ["connection_reset"]],
  ["/stall-at-once", { hang: "before-headers" }, ["timeout"]],
  ["/stall-after-head", { hang: "after-headers", body: picture }, ["timeout"]],
  ["/drip", { body: picture, dripEveryMs: 100 }, ["timeout"]],
  ["/endless", { body: picture, endless: true }, ["too_large"]],
  ["/huge", { body: picture, contentLength: 10 ** 12 }, ["too_large"]],
  ["/empty", { body: "" }, ["empty_body"]],
  ["/long-head", { body: picture, headers: { "x-much": "a".repeat(1_000_000) } }, ["bad_response"]],
  ["/no-http", { raw: "220 smtp.test ready\r\n\r\n" }, ["bad_response"]],
  ["/bad-chunk", { raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc" }, ["bad_response"]],
  ["/loop", { redirect: "/loop" }, ["bad_redirect"]],
  ["/nowhere", { status: 302 }, ["bad_redirect"]],
  ["/too-many", { status: 429, headers: { "retry-after": "1" } }, ["http_429"]],
  ["/busy-once", (number) => (number === 1 ? { status: 503 } : { body: picture }), ["success"]],
  ["/failing", { status: 500 }, ["http_5xx"]],
  ["/login", { status: 401 }, ["http_401"]],
  ["/gone", { status: 410 }, ["http_410"]],
];

/** Rows for each path. */
const ROWS_PER_PATH = 3;

let server: ScriptedServer;
let dns: DnsServer;
beforeAll(async () => {
  dns = await startDnsServer({ answer: () => "127.0.0.1" });
  server = await startScriptedServer(Object.fromEntries(SERVERS.map(([path, script]) => [path, script])));
});
afterAll(async () => {
  await dns.close();
  await server.close();
});

it("every row ends with the documented outcome, and no download slot is lost", () =>
  withFolder(async (folder) => {
    // Each path has a host of its own, so that a slow host delays no other.
    const urls = SERVERS.map(([path]) => `'http://${path.slice(1)}.test:${server.port}${path}'`).join(", ");
    const select = `SELECT u || '?' || i AS url FROM unnest([${urls}]) t(u), range(${ROWS_PER_PATH}) r(i)`;
    const list = await writeParquet(join(folder, "list.parquet"), select);
    const output = join(folder, "out");
    // There are fewer slots than hostile rows, so the run ends only if each slot is freed.
    const limits = ["--timeout", "1", "--total-timeout", "2", "--retries", "1", "--thread-count", "8", "--max-image-bytes", "1MiB"];
    const shape = ["--output", output, "--output-format", "webdataset", "--number-sample-per-shard", "30", "--connections-per-host", "64"];
    const result = await runPrep([
      "download",
      list,
      ...shape,
      ...limits,
      "--dns-server",
      dns.address,
      "--allow-private-network",
      "--quiet",
    ]);
    expect(result.code === 0 ? "" : ending(result)).toBe("");
    const rows = await query(`SELECT parse_path(split_part(url, '?', 1))[-1] AS name, outcome, count(*)::INT AS n
      FROM read_parquet('${output}/[0-9]*.parquet') GROUP BY ALL`);
    const found = new Map(SERVERS.map(([path]) => [path, rows.filter(({ name }) => `/${String(name)}` === path)]));
    for (const [path, , outcomes] of SERVERS) {
      const seen = found.get(path) ?? [];
      // A host that keeps failing gets fewer requests; the rows that wait too long end as host_busy.
      const others = seen.map(({ outcome }) => String(outcome)).filter((outcome) => outcome !== "host_busy");
      expect([path, ...others]).toEqual([path, ...outcomes]);
      expect(seen.reduce((sum, { n }) => sum + Number(n), 0)).toBe(ROWS_PER_PATH);
    }
  }));
