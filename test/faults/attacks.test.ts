// Attacks through a list: URLs into the user's network, and pictures made to break decoders.
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startScriptedServer } from "../support/fetch/scripted-server.ts";
import { query } from "../support/output.ts";
import { withFolder, writeParquet } from "../support/parquet.ts";
import { ending, runPrep } from "../support/run-prep.ts";
import { paintPicture } from "../support/transform/painted-picture.ts";

const HOSTS = ["127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"];
const MORE = ["0.0.0.0", "[::]", "127.0.0.1.", "①27.0.0.1", "0x7f000001", "017700000001", "[0:0:0:0:0:0:0:1]"];

describe("URLs that all lead to this machine", () => {
  it("cause no connection, and each row records why", () =>
    withFolder(async (folder) => {
      let connections = 0;
      const listen = async (host: string, port: number) => {
        const canary = createServer((socket) => {
          connections += 1;
          socket.destroy();
        });
        await new Promise<void>((resolve) => canary.listen(port, host, resolve));
        return canary;
      };
      const canaries = [await listen("127.0.0.1", 0)];
      const address = canaries[0]?.address();
      const port = typeof address === "object" && address ? address.port : 0;
      canaries.push(await listen("::1", port));
      try {
        const urls = [...HOSTS, ...MORE].map((host) => `'http://${host}:${port}/latest/meta-data'`).join(", ");
        const list = await writeParquet(join(folder, "list.parquet"), `SELECT unnest([${urls}]) AS url`);
        const output = join(folder, "out");
        const args = ["download", list, "--output", output, "--output-format", "webdataset", "--quiet"];
        // All URLs have one refused port, so the run asks whether that is meant; the same command again confirms it.
        expect(await runPrep(args)).toMatchObject({ code: 6, stderr: expect.stringContaining("--allow-port") });
        const result = await runPrep(args);
        expect(result.code === 0 ? "" : ending(result)).toBe("");
        const rows = await query(`SELECT DISTINCT outcome FROM read_parquet('${output}/00000.parquet')`);
        for (const { outcome } of rows) expect(["blocked_address", "blocked_port", "invalid_url", "dns_not_found"]).toContain(outcome);
        expect(connections).toBe(0);
      } finally {
        await Promise.all(canaries.map((canary) => new Promise((resolve) => canary.close(resolve))));
      }
    }));
});

describe("pictures that are cut or damaged at many places", () => {
  it("kill no process: every row has an outcome, and undamaged pictures are packed", () =>
    withFolder(async (folder) => {
      const formats = await Promise.all((["jpg", "png", "webp"] as const).map((format) => paintPicture(90, 70, 1, format)));
      const PIECES = 40;
      const server = await startScriptedServer({
        "/p": (_number, request) => {
          const [format = 0, kind = 0, piece = 0] = (request.url?.split("?")[1] ?? "").split("-").map(Number);
          const whole = formats[format] ?? Buffer.alloc(0);
          const place = Math.floor((whole.length * piece) / PIECES);
          if (kind === 0) return { body: whole.subarray(0, place) };
          if (kind === 2) return { body: whole };
          const body = Buffer.from(whole);
          for (let byte = place; byte < place + 3 && byte < body.length; byte++) body[byte] = (body[byte] ?? 0) ^ 0xa5;
          return { body };
        },
      });
      try {
        const url = `'${server.url("/p")}?' || f || '-' || k || '-' || p`;
        const list = await writeParquet(
          join(folder, "list.parquet"),
          `SELECT ${url} AS url, k FROM range(3) a(f), range(3) b(k), range(${PIECES}) c(p)`,
        );
        const output = join(folder, "out");
        const words = ["--output", output, "--output-format", "webdataset", "--image-size", "32", "--save-additional-columns", "k"];
        const result = await runPrep(["download", list, ...words, "--allow-private-network", "--quiet"]);
        expect(result.code === 0 ? "" : ending(result)).toBe("");
        expect(result.stderr).not.toMatch(/worker.*died|decode_crashed/);
        const rows = await query(
          `SELECT k, status, count(*)::INT AS n FROM read_parquet('${output}/00000.parquet') GROUP BY ALL ORDER BY ALL`,
        );
        expect(rows.reduce((sum, { n }) => sum + Number(n), 0)).toBe(9 * PIECES);
        expect(rows.filter(({ k }) => Number(k) === 2)).toEqual([{ k: expect.anything(), status: "success", n: 3 * PIECES }]);
        expect(rows.filter(({ k, status }) => Number(k) === 0 && status === "success")).toEqual([]);
      } finally {
        await server.close();
      }
    }));
});
