// prep verify finds each of a thousand random truncations and flipped bytes, in every format.
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { unseenDamages, verified } from "../../support/damage.ts";
import { type ScriptedServer, startScriptedServer } from "../../support/fetch/scripted-server.ts";
import { withFolder, writeParquet } from "../../support/parquet.ts";
import { runPrep } from "../../support/run-prep.ts";
import { paintPicture } from "../../support/transform/painted-picture.ts";

let server: ScriptedServer;

beforeAll(async () => {
  server = await startScriptedServer({ "/small.jpg": { body: await paintPicture(64, 48) }, "/page.jpg": { body: "<html>" } });
});

afterAll(() => server.close());

it.each(["webdataset", "files", "tfrecord", "parquet"])(
  "finds each of 250 damages in an output of %s",
  (format) =>
    withFolder(async (folder) => {
      const list = ["/small.jpg", "/gone.jpg", "/page.jpg", "/small.jpg"].map((path) => `'${server.url(path)}'`).join(", ");
      const metadata = await writeParquet(
        join(folder, "m.parquet"),
        `SELECT [${list}][1 + i % 4] || '?' || i AS url, 'caption ' || i AS caption FROM range(24) r(i)`,
      );
      const output = join(folder, "out");
      const words = ["SELECT * FROM metadata", "--metadata", metadata, "--output", output, "--output-format", format];
      const result = await runPrep([...words, "--number-sample-per-shard", "12", "--allow-private-network", "--quiet"]);
      expect(result.code).toBe(0);
      expect(await verified(output)).toMatchObject({ damage: 0, unfinished: 0, rows: 24 });
      expect(await unseenDamages(output, 250, 7)).toEqual([]);
      expect(await verified(output)).toMatchObject({ damage: 0, unfinished: 0, rows: 24 });
    }),
  300_000,
);
