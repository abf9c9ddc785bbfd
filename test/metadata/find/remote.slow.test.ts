// Reads metadata in place from a loopback web server, with DuckDB's real httpfs extension.
import { execFileSync } from "node:child_process";
import { copyFile, mkdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openTestDatabase, withFolder, writeParquet } from "../../support/parquet.ts";
import { runPrep } from "../../support/run-prep.ts";

const PLACE =
  "import duckdb_extension_httpfs as e, glob, os; print(glob.glob(os.path.join(os.path.dirname(e.__file__), '**', '*.duckdb_extension'), recursive=True)[0])";

/** The extension's file: PREP_HTTPFS, or that in PREP_PYTHON's package. Under CI its absence is an error, because .ci/run installs it. */
function extensionFile(): string | undefined {
  if (process.env["PREP_HTTPFS"]) return process.env["PREP_HTTPFS"];
  try {
    return execFileSync(process.env["PREP_PYTHON"] ?? "python3", ["-c", PLACE], { encoding: "utf8", stdio: "pipe" }).trim();
  } catch (error) {
    if (process.env["CI"]) throw new Error("there is no httpfs; name its file with PREP_HTTPFS", { cause: error });
    return undefined;
  }
}

const EXTENSION = extensionFile();

/** Serves bodies by path, whole or by range. */
async function serve(bodies: ReadonlyMap<string, Buffer>) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    const body = bodies.get(request.url ?? "");
    if (!body) return void response.writeHead(404).end();
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
    const part = from === undefined ? body : body.subarray(Number(from), Number(to) + 1);
    const range = from === undefined ? {} : { "content-range": `bytes ${from}-${Number(from) + part.length - 1}/${body.length}` };
    response.writeHead(from === undefined ? 200 : 206, { "accept-ranges": "bytes", "content-length": part.length, ...range });
    response.end(request.method === "HEAD" ? undefined : part);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { asked, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}

describe.skipIf(EXTENSION === undefined)("metadata at an address, where httpfs is installed", () => {
  it("are described, filtered and explored like local ones, and nothing else on that server can be read", () =>
    withFolder(async (folder) => {
      const database = await openTestDatabase();
      const [{ version } = {}] = await database.rows("SELECT version() AS version");
      const [{ platform } = {}] = await database.rows("PRAGMA platform");
      const place = join(folder, "home", ".duckdb", "extensions", String(version), String(platform));
      await mkdir(place, { recursive: true });
      await copyFile(String(EXTENSION), join(place, "httpfs.duckdb_extension"));
      const env = { HOME: join(folder, "home") };
      const local = await writeParquet(
        join(folder, "a.parquet"),
        "SELECT 'http://h.test/' || range || '.jpg' AS url, 'caption ' || range AS caption, range::INTEGER AS width, 500 AS height FROM range(5000)",
      );
      const body = await readFile(local);
      const bodies = new Map([
        ["/data/a.parquet", body],
        ["/secret.parquet", body],
      ]);
      const server = await serve(bodies);
      try {
        const address = `${server.address}/data/a.parquet`;
        const profile = await runPrep(["describe", address, "--json", "--quiet"], { env });
        expect([profile.code, profile.stderr]).toEqual([0, ""]);
        expect(JSON.parse(profile.stdout)).toMatchObject({ rows: 5000, files: 1, bytes: body.length });

        const filter = (metadata: string, output: string) =>
          runPrep(
            ["filter", "SELECT * FROM metadata WHERE width >= 4000", "--metadata", metadata, "--output", join(folder, output), "-q"],
            { env },
          );
        expect(await filter(address, "remote")).toMatchObject({ code: 0 });
        expect(await filter(local, "local")).toMatchObject({ code: 0 });
        const rows = (output: string) => database.rows(`FROM '${join(folder, output, "partitions", "*.parquet")}'`);
        expect(await rows("remote")).toHaveLength(1000);
        expect(await rows("remote")).toEqual(await rows("local"));
        expect(await filter(address, "remote")).toMatchObject({ code: 0 });
        const changed = await writeParquet(
          join(folder, "b.parquet"),
          "SELECT 'http://h.test/' || range || '.jpg' AS url, 'caption ' || range AS caption, range::INTEGER + 1 AS width, 500 AS height FROM range(5000)",
        );
        bodies.set("/data/a.parquet", await readFile(changed));
        const refused = await filter(address, "remote");
        expect([refused.code, refused.stderr]).toEqual([5, expect.stringContaining("a.parquet")]);
        bodies.set("/data/a.parquet", body);

        const query = `SELECT * FROM metadata WHERE (SELECT count(*) FROM read_parquet('${server.address}/secret.parquet')) > 0`;
        const fenced = await runPrep(["filter", query, "--metadata", address, "--output", join(folder, "fenced")], { env });
        expect(fenced.code).toBe(3);
        expect(server.asked).not.toContain("/secret.parquet");

        const missing = await runPrep(["describe", `${server.address}/data/b.parquet`], { env });
        expect(missing.code).toBe(4);
        expect(missing.stderr).toMatch(/b\.parquet cannot be read: .*404/);
        const init = await runPrep(["shell", "--metadata", address, "--init"], { env });
        expect(init.stdout).toContain("LOAD httpfs;");
      } finally {
        server.close();
        database.close();
      }
    }));
});
