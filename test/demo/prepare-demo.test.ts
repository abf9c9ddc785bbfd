// The demo's world: metadata, names and pictures that fit together.
import { Resolver } from "node:dns/promises";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { expect, test } from "vitest";
import { DEMO_MIN_SIZE, DEMO_ROWS, prepareDemo } from "../../src/demo/prepare-demo.ts";
import { Database } from "../../src/sql/database.ts";

test("a demo is a folder as Spark leaves it, hosts that resolve to loopback, and pictures of the sizes it names", async () => {
  const directory = await mkdtemp(join(tmpdir(), "prep-demo-"));
  const world = await prepareDemo({ directory });
  const database = await Database.open({ threads: 2, memoryLimitBytes: 1e9 });
  try {
    const names = await readdir(directory);
    expect(names.filter((name) => name.endsWith(".snappy.parquet"))).toHaveLength(4);
    expect(names.filter((name) => name.endsWith(".crc"))).toHaveLength(5);
    expect(names).toContain("_SUCCESS");

    const metadata = `read_parquet('${directory}/*.parquet')`;
    const [all] = await database.rows(`SELECT count(*)::INT AS n FROM ${metadata}`);
    expect(all?.["n"]).toBe(DEMO_ROWS);
    const chosen = `FROM ${metadata} WHERE WIDTH >= ${DEMO_MIN_SIZE} AND HEIGHT >= ${DEMO_MIN_SIZE} AND punsafe < 0.5 AND pwatermark < 0.8`;
    const [kept] = await database.rows(`SELECT count(*)::INT AS n ${chosen}`);
    expect(kept?.["n"]).toBeGreaterThan(800);
    expect(kept?.["n"]).toBeLessThan(1200);

    const resolver = new Resolver();
    resolver.setServers([world.dnsServer]);
    expect(await resolver.resolve4("i.pinhouse.example")).toEqual(["127.0.0.1"]);

    const rows = await database.rows(
      `SELECT URL, WIDTH, HEIGHT FROM ${metadata} WHERE URL LIKE 'http%.jpg' AND WIDTH BETWEEN 200 AND 900 LIMIT 60`,
    );
    let fine = 0;
    for (const row of rows) {
      const url = new URL(String(row["URL"]));
      expect(Number(url.port)).toBe(world.serverPort);
      const body = await bytesOf(world.serverPort, url.pathname + url.search);
      if (body === undefined) continue;
      const { width, height } = await sharp(body).metadata();
      expect([width, height]).toEqual([row["WIDTH"], row["HEIGHT"]]);
      fine += 1;
    }
    expect(fine).toBeGreaterThan(40);
    const counts = await world.counts();
    expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(rows.length);
  } finally {
    database.close();
    await world.close();
    await rm(directory, { recursive: true });
  }
});

function bytesOf(port: number, path: string): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const asked = get({ host: "127.0.0.1", port, path, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", () => resolve(undefined));
      response.on("end", () => {
        const body = Buffer.concat(chunks);
        resolve(response.statusCode === 200 && body[0] !== 0x3c ? body : undefined);
      });
    });
    asked.on("error", () => resolve(undefined));
  });
}
