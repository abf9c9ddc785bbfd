// A worker opens the next shard while the one before waits for a slow server.
import type { Socket } from "node:net";
import { join } from "node:path";
import { expect, it } from "vitest";
import { startScriptedServer } from "../support/fetch/scripted-server.ts";
import { faultsOf, sidecarRows } from "../support/output.ts";
import { withFolder, writeParquet } from "../support/parquet.ts";
import { runPrepHere } from "../support/prep-here.ts";
import { paintPicture } from "../support/transform/painted-picture.ts";

const SHARDS = 4;

it("shards that wait for their slowest servers do not keep another shard from being opened", { timeout: 40_000 }, () =>
  withFolder(async (folder) => {
    const picture = await paintPicture(40, 30);
    const answer = Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${picture.length}\r\n\r\n`), picture]);
    const held: Socket[] = [];
    const server = await startScriptedServer({
      "/robots.txt": { status: 404 },
      "/slow.jpg": { raw: (socket) => held.push(socket) },
      "/quick.jpg": { body: picture },
      // The last row of all: the slow servers of all shards answer only when it is requested.
      "/last.jpg": () => {
        for (const socket of held) socket.end(answer);
        return { body: picture };
      },
    });
    try {
      const path = `CASE WHEN i = ${5 * SHARDS - 1} THEN 'last' WHEN i % 5 = 0 THEN 'slow' ELSE 'quick' END`;
      const list = await writeParquet(
        join(folder, "list.parquet"),
        `SELECT '${server.url("/")}' || ${path} || '.jpg?' || i AS url FROM range(${5 * SHARDS}) r(i)`,
      );
      const output = join(folder, "out");
      const flags = ["--allow-private-network", "--quiet", "--number-sample-per-shard", "5", "--timeout", "10", "--retries", "0"];
      const result = await runPrepHere(["download", list, "--output", output, "--output-format", "webdataset", ...flags]);
      expect([result.code, result.stderr]).toEqual([0, expect.not.stringContaining("defect")]);
      expect((await sidecarRows(output)).map(({ outcome }) => outcome)).toEqual(Array(5 * SHARDS).fill("success"));
      expect(held).toHaveLength(SHARDS);
      expect(await faultsOf(output, 5 * SHARDS)).toEqual([]);
    } finally {
      await server.close();
    }
  }),
);
