// The whole job on real pictures, checked against the geometry and against Pillow.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { planFit } from "../../src/transform/fit.ts";
import { corpusFiles, corpusFolder } from "../support/corpus.ts";
import { faultsOf, loadedSamples, sidecarRows, tarDigests } from "../support/output.ts";
import { withFolder, writeParquet } from "../support/parquet.ts";
import { runPrep } from "../support/run-prep.ts";

const folder = corpusFolder();
const files = folder ? corpusFiles(folder) : [];
let server: Server;
let origin = "";

beforeAll(async () => {
  server = createServer((request, response) => {
    const name = (request.url ?? "").slice(1).replace(/\?.*/, "");
    // The run also requests robots.txt.
    if (files.every((file) => file.name !== name)) response.writeHead(404).end();
    else response.end(readFileSync(join(folder ?? "", name)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => server.close());

/** The stored size of a picture under the default options of `prep run`. */
const expectedSize = (width: number, height: number) =>
  planFit(width, height, { imageSize: 384, resizeMode: "keep_ratio", resizeOnlyIfBigger: true });

/** Sizes by file stem of all pictures in a folder that Pillow decodes to the last pixel. */
function seenByPillow(pictures: string): Record<string, [number, number]> {
  // CI names a Python that has Pillow.
  const python = process.env["PREP_PYTHON"] ?? "python3";
  return JSON.parse(
    execFileSync(python, [join(import.meta.dirname, "..", "support", "python", "second-decoder.py"), pictures], { encoding: "utf8" }),
  ) as Record<string, [number, number]>;
}

describe.skipIf(folder === undefined)("the main job on real pictures", () => {
  it("packs every decodable file once in the planned size, records the rest, and repeats its bytes", () =>
    withFolder(async (work) => {
      const values = files.map(
        ({ name, kind, width, height }) => `('${origin}/${name}', '${kind}', ${width}, ${height}, 0.1::FLOAT, 0.1::FLOAT)`,
      );
      await writeParquet(
        join(work, "meta", "corpus.parquet"),
        `SELECT * FROM (VALUES ${values.join(", ")}) t("URL", "TEXT", "WIDTH", "HEIGHT", punsafe, pwatermark)`,
      );
      const output = join(work, "out");
      const job = [
        "safe",
        "--metadata",
        join(work, "meta"),
        "--output",
        output,
        "--number-sample-per-shard",
        "100",
        "--allow-private-network",
        "--quiet",
      ];
      const result = await runPrep(job);
      expect(result.stderr).not.toContain("error");
      expect(result.code).toBe(0);
      expect(await faultsOf(output, files.length)).toEqual([]);

      const sources = seenByPillow(folder ?? "");
      const byUrl = new Map(files.map((file) => [`${origin}/${file.name}`, file]));
      const rows = await sidecarRows(output);
      expect(new Set(rows.map(({ url }) => url))).toEqual(new Set(byUrl.keys()));
      for (const row of rows) {
        const file = byUrl.get(String(row["url"]));
        if (!file) throw new Error(`unknown ${String(row["url"])}`);
        if (file.kind === "html") {
          expect(row).toMatchObject({ outcome: "not_an_image", status: "failed_to_resize" });
          continue;
        }
        const source = sources[file.name.replace(/\..*/, "")] ?? [0, 0];
        const size = expectedSize(...source);
        expect({ name: file.name, outcome: row["outcome"], width: row["width"], height: row["height"] }).toEqual({
          name: file.name,
          outcome: "success",
          width: size.outWidth,
          height: size.outHeight,
        });
        expect([row["original_width"], row["original_height"]]).toEqual(source);
      }

      // Pillow decodes every stored picture completely and sees the recorded size.
      const pictures = join(work, "pictures");
      mkdirSync(pictures);
      for (const { key, members } of await loadedSamples(output)) writeFileSync(join(pictures, `${key}.jpg`), members.get("jpg") ?? "");
      const seen = seenByPillow(pictures);
      const stored = rows.filter(({ status }) => status === "success");
      expect(Object.keys(seen)).toHaveLength(stored.length);
      for (const row of stored) expect(seen[String(row["key"])]).toEqual([row["width"], row["height"]]);

      const twin = join(work, "twin");
      await runPrep(job.map((word) => (word === output ? twin : word)));
      expect(await tarDigests(twin)).toEqual(await tarDigests(output));
    }));
});
