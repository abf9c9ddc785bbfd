// One whole output, name by name and byte by byte, against test/golden/golden-job.json.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readTar } from "../../src/tar/read-tar.ts";
import { startScriptedServer } from "../support/fetch/scripted-server.ts";
import { sidecarRows } from "../support/output.ts";
import { withFolder, writeParquet } from "../support/parquet.ts";
import { runPrep } from "../support/run-prep.ts";

const GOLDEN = join(import.meta.dirname, "..", "golden", "golden-job.json");

/** A JPEG of one grey pixel. It is stored as it came, so that no version of an encoder matters. */
const PIXEL = Buffer.concat([
  Buffer.from(
    "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxA=",
    "base64",
  ),
  Buffer.from([0xff, 0xd9]),
]);

it("a small job writes the golden output", () =>
  withFolder(async (folder) => {
    const server = await startScriptedServer({ "/a.jpg": { body: PIXEL }, "/page.jpg": { body: "<html>" } });
    try {
      const rows = [
        ["/a.jpg?1", "a caption", 640, 480],
        ["/gone.jpg", "gone", 10, 20],
        ["/page.jpg", "", 30, 40],
        ["/a.jpg?2", "Straße – 東京 🚲", 1, 1],
        ["/a.jpg?3", null, null, null],
      ].map(
        ([path, caption, width, height]) =>
          `('${server.url(String(path))}', ${caption === null ? "NULL" : `'${caption}'`}, ${width}, ${height}, 9007199254740993, 0.25)`,
      );
      const metadata = await writeParquet(
        join(folder, "m.parquet"),
        `SELECT * FROM (VALUES ${rows.join(", ")}) t("URL", "TEXT", "WIDTH", "HEIGHT", hash, similarity)`,
      );
      const output = join(folder, "out");
      const result = await runPrep([
        "SELECT * FROM metadata",
        "--metadata",
        metadata,
        "--output",
        output,
        "--no-shuffle",
        "--number-sample-per-shard",
        "3",
        "--allow-private-network",
        "--quiet",
      ]);
      expect(result.stderr).not.toContain("defect");
      expect(result.code).toBe(0);
      const members: Record<string, string> = {};
      for (const tar of (await readdir(output)).filter((name) => name.endsWith(".tar")).sort()) {
        for await (const { name, body } of readTar(join(output, tar)))
          members[`${tar}/${name}`] = name.endsWith(".jpg") ? body.toString("base64") : body.toString();
      }
      const sidecar = (await sidecarRows(output)).map(({ fetch_ms: _ms, sample_digest: digest, ...row }) => ({
        ...row,
        // It covers the JSON, which has the port in it.
        sample_digest: typeof digest === "string" ? digest.replace(/^[0-9a-f]{16}$/, "DIGEST") : digest,
      }));
      const seen = JSON.stringify(
        { files: (await readdir(output)).sort(), members, sidecar },
        (_, value) => (typeof value === "bigint" ? `${value}n` : value),
        1,
      ).replaceAll(String(server.port), "PORT");
      // PREP_GOLDEN=write replaces the golden output.
      if (process.env["PREP_GOLDEN"] === "write") await writeFile(GOLDEN, `${seen}\n`);
      expect(`${seen}\n`).toBe(await readFile(GOLDEN, "utf8"));
    } finally {
      await server.close();
    }
  }));
