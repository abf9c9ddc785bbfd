// Rows that the user's options refuse: a run of nothing else stops, and no refusal is final.
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeAll, expect, it } from "vitest";
import { startDnsServer } from "../../src/demo/dns-server.ts";
import { verified } from "../support/damage.ts";
import { startScriptedProxy } from "../support/fetch/scripted-proxy.ts";
import { type Script, startScriptedServer } from "../support/fetch/scripted-server.ts";
import { faultsOf, sidecarRows } from "../support/output.ts";
import { withFolder, writeParquet } from "../support/parquet.ts";
import { runPrep } from "../support/run-prep.ts";
import { paintPicture } from "../support/transform/painted-picture.ts";

/** A public address; the proxy connects to loopback instead. */
const PUBLIC = "93.184.215.14";
const PORT = 8099;

let picture: Buffer;
const closing: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  picture = await paintPicture(64, 48);
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A public host that has images at an unusual port. */
async function world(routes: Readonly<Record<string, Script>>) {
  const server = await startScriptedServer(routes);
  const dns = await startDnsServer({ answer: (name) => (name === "pictures.test" ? PUBLIC : undefined) });
  const proxy = await startScriptedProxy((authority) =>
    authority === `${PUBLIC}:${PORT}` || authority === `${PUBLIC}:80` ? { to: server.port } : { status: 502 },
  );
  closing.push(server.close, dns.close, proxy.stop);
  const options = ["--dns-server", dns.address, "--robots", "ignore", "--proxy", proxy.url, "--retries", "0"];
  return { server, options };
}

const listOf = (folder: string, rows: number, port: number) =>
  writeParquet(join(folder, "list.parquet"), `SELECT 'http://pictures.test:${port}/' || i || '.jpg' AS url FROM range(${rows}) r(i)`);

const outcomesOf = async (output: string) => (await sidecarRows(output)).map(({ outcome }) => outcome);

it.each([
  [2690, 100],
  [700, 10_000],
])("a run stops after 500 of %i rows that one option refuses, and makes them again when it changes, in shards of %i", (rows, samples) =>
  withFolder(async (folder) => {
    const { server, options } = await world(
      Object.fromEntries(Array.from({ length: rows }, (_, row) => [`/${row}.jpg`, { body: picture }])),
    );
    const output = join(folder, "out");
    const shape = ["--output", output, "--output-format", "webdataset", "--number-sample-per-shard", String(samples)];
    const command = ["download", await listOf(folder, rows, PORT), ...shape, "--processes-count", "2", ...options];
    const first = await runPrep(command);
    expect(first.code).toBe(6);
    expect(first.stderr).toMatch(/error: the first [\d,]+ finished rows all failed as blocked_port \(port 8099\)/);
    expect(first.stderr).toContain(`prep continue ${output} --allow-port 8099`);
    const records = (await readdir(output)).filter((name) => name.endsWith("_stats.json"));
    expect(records.length).toBeLessThan(rows / samples / 2);
    expect(server.requests()).toBe(0);

    const second = await runPrep([...command, "--allow-port", String(PORT)]);
    expect([second.code, second.stderr]).toEqual([0, expect.stringMatching(new RegExp(`packed +${rows.toLocaleString("en")} `))]);
    expect(await faultsOf(output, rows)).toEqual([]);
    expect(await verified(output)).toMatchObject({ damage: 0, unfinished: 0, rows });
    expect(server.requests()).toBe(rows);
    expect(Array.from({ length: rows }, (_, row) => server.requests(`/${row}.jpg`)).filter((count) => count !== 1)).toEqual([]);
  }),
);

it("a second start without the option accepts the refusals; only a changed option opens these rows again", () =>
  withFolder(async (folder) => {
    const { server, options } = await world(Object.fromEntries(Array.from({ length: 30 }, (_, row) => [`/${row}.jpg`, { body: picture }])));
    const output = join(folder, "out");
    const command = ["download", await listOf(folder, 30, PORT), "--output", output, "--output-format", "webdataset", ...options];
    // There are fewer than 500 rows.
    expect((await runPrep(command)).code).toBe(6);
    expect((await runPrep(command)).code).toBe(0);
    expect((await runPrep(["retry", output])).stdout).toContain("0 shards have another generation");
    expect(await outcomesOf(output)).toEqual(Array.from({ length: 30 }, () => "blocked_port"));
    expect(server.requests()).toBe(0);
    const retried = await runPrep(["retry", output, "--allow-port", String(PORT)]);
    expect([retried.code, retried.stderr]).toEqual([
      0,
      expect.stringMatching(/using the limits that this output was made with: .*--proxy/),
    ]);
    expect(await faultsOf(output, 30)).toEqual([]);
    expect(new Set(await outcomesOf(output))).toEqual(new Set(["success"]));
    expect(server.requests()).toBe(30);
  }));

it("a run continues through a list of dead links", () =>
  withFolder(async (folder) => {
    const { options } = await world({});
    const command = ["download", await listOf(folder, 600, 80), "--output", join(folder, "out"), ...options];
    expect((await runPrep(command)).code).toBe(0);
  }));

it("a retry uses the recorded settings, and never replaces a server's failure by a refusal", () =>
  withFolder(async (folder) => {
    const { server, options } = await world({ "/0.jpg": { body: picture }, "/1.jpg": { status: 503 }, "/2.jpg": { status: 404 } });
    const output = join(folder, "out");
    const command = ["download", await listOf(folder, 3, PORT), "--output", output, "--output-format", "webdataset", ...options];
    expect((await runPrep([...command, "--allow-port", String(PORT)])).code).toBe(0);
    expect(await outcomesOf(output)).toEqual(["success", "http_5xx", "http_404"]);
    const elsewhere = await runPrep(["retry", output, "--allow-port", "8098"]);
    expect([elsewhere.code, elsewhere.stdout]).toEqual([0, expect.stringMatching(/of these may pass yet +1 -> +1\n/)]);
    expect(await outcomesOf(output)).toEqual(["success", "http_5xx", "http_404"]);
    server.route("/1.jpg", { body: picture });
    const again = await runPrep(["retry", output, "--allow-port", String(PORT)]);
    expect([again.code, await outcomesOf(output)]).toEqual([0, ["success", "success", "http_404"]]);
    expect(again.stderr).toMatch(/using the limits that this output was made with: --retries 0 .*--robots ignore .*--proxy/);
    expect(await faultsOf(output, 3)).toEqual([]);
  }));

it("a repair uses the recorded settings", () =>
  withFolder(async (folder) => {
    const { options } = await world({ "/0.jpg": { body: picture }, "/1.jpg": { body: picture } });
    const output = join(folder, "out");
    const command = ["download", await listOf(folder, 2, PORT), "--output", output, "--output-format", "files", ...options];
    expect((await runPrep([...command, "--allow-port", String(PORT)])).code).toBe(0);
    await rm(join(output, "00000", "000000000.jpg"));
    expect((await runPrep(["verify", output, "--repair"])).code).toBe(0);
    expect(await outcomesOf(output)).toEqual(["success", "success"]);
    expect(await verified(output)).toMatchObject({ damage: 0, unfinished: 0 });
  }));

it("a retry loosens a limit for the rows that it refused, and refuses a stricter limit", () =>
  withFolder(async (folder) => {
    const large = await paintPicture(200, 100);
    const { options } = await world({ "/0.jpg": { body: picture }, "/1.jpg": { body: large }, "/2.jpg": { body: large } });
    const output = join(folder, "out");
    const shape = [
      "--output-format",
      "webdataset",
      "--number-sample-per-shard",
      "2",
      "--max-decoded-pixels",
      "10000",
      "--resize-mode",
      "no",
    ];
    const command = ["download", await listOf(folder, 3, 80), "--output", output, ...shape, ...options];
    expect((await runPrep(command)).code).toBe(0);
    expect(await outcomesOf(output)).toEqual(["success", "too_many_pixels", "too_many_pixels"]);
    const stricter = await runPrep(["retry", output, "--max-decoded-pixels", "5000"]);
    expect([stricter.code, stricter.stderr]).toEqual([2, expect.stringContaining("is stricter than the 10000 of this output")]);
    const retried = await runPrep(["retry", output, "--max-decoded-pixels", "30000"]);
    expect([retried.code, await outcomesOf(output)]).toEqual([0, ["success", "success", "success"]]);
    expect(await verified(output)).toMatchObject({ damage: 0, unfinished: 0 });
    // It is still the same run.
    expect((await runPrep(command)).code).toBe(0);
  }));
