// Downloads whose URLs are malformed, refused or unreachable.
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ScriptedServer, startScriptedServer } from "../support/fetch/scripted-server.ts";
import { faultsOf, sidecarRows } from "../support/output.ts";
import { withFolder, writeParquet } from "../support/parquet.ts";
import { runPrepHere } from "../support/prep-here.ts";

let server: ScriptedServer;

beforeAll(async () => {
  server = await startScriptedServer();
});

afterAll(() => server.close());

const OPTIONS = ["--output-format", "webdataset", "--retries", "0"];

it("prep download records null, empty, relative, malformed and non-http URLs, and connects to no private address", () =>
  withFolder(async (folder) => {
    const urls: [string, string][] = [
      ["NULL", "invalid_url"],
      ["''", "invalid_url"],
      ["'images/a.jpg'", "invalid_url"],
      ["'//host/a.jpg'", "invalid_url"],
      ["'http://'", "invalid_url"],
      ["'http://[::1/a.jpg'", "invalid_url"],
      ["'http://user:secret@example.com/a.jpg'", "url_with_login"],
      ["'http://example.com:22/a.jpg'", "blocked_port"],
      ["'ftp://example.com/a.jpg'", "unsupported_scheme"],
      ["'file:///etc/passwd'", "unsupported_scheme"],
      ["'data:image/png;base64,AAAA'", "unsupported_scheme"],
      [`'${server.url("/a.jpg")}'`, "blocked_address"],
      [`'http://localhost:${server.port}/a.jpg'`, "blocked_address"],
      [`'http://[::ffff:127.0.0.1]:${server.port}/a.jpg'`, "blocked_address"],
    ];
    const list = await writeParquet(join(folder, "list.parquet"), `SELECT unnest([${urls.map(([url]) => url).join(", ")}]) AS url`);
    const output = join(folder, "out");
    const result = await runPrepHere(["download", list, "--output", output, ...OPTIONS, "--allow-port", String(server.port)]);
    expect(result.code).toBe(0);
    expect(await faultsOf(output, urls.length)).toEqual([]);
    expect((await sidecarRows(output)).map(({ outcome }) => outcome)).toEqual(urls.map(([, outcome]) => outcome));
    expect(result.stderr).toMatch(/invalid_url +6 /);
    expect(result.stderr).toContain("--allow-private-network");
    expect(server.connections()).toBe(0);
  }));

it("prep download ends if the server is gone, and records every row as connect_refused", () =>
  withFolder(async (folder) => {
    const gone = await startScriptedServer();
    await gone.close();
    const list = await writeParquet(join(folder, "list.parquet"), `SELECT '${gone.url("/")}' || i AS url FROM range(300) r(i)`);
    const output = join(folder, "out");
    const result = await runPrepHere(["download", list, "--output", output, ...OPTIONS, "--allow-private-network"]);
    expect(result.code).toBe(0);
    expect(result.stderr).toMatch(/connect_refused +300 /);
    expect(await faultsOf(output, 300)).toEqual([]);
    expect(new Set((await sidecarRows(output)).map(({ outcome }) => outcome))).toEqual(new Set(["connect_refused"]));
  }));
