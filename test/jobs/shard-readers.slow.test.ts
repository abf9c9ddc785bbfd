// Shards of every format, read by common Python readers, and completed after kill -9.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ScriptedServer, startScriptedServer } from "../support/fetch/scripted-server.ts";
import { faultsOf, loadedSamples } from "../support/output.ts";
import { withFolder, writeParquet } from "../support/parquet.ts";
import { runPrep, startPrep } from "../support/run-prep.ts";
import { paintPicture } from "../support/transform/painted-picture.ts";

const PYTHON = process.env["PREP_PYTHON"] ?? "python3";

/** What read-shards.py prints about a shard. */
interface Seen {
  readonly images: Readonly<Record<string, string>>;
  readonly empty: number;
  readonly schema: Readonly<Record<string, string>>;
  readonly rows: number;
  readonly pieces: number;
  readonly groupBytes: readonly number[];
  readonly nulls: number;
  readonly kinds: Readonly<Record<string, readonly string[]>>;
  readonly last: Readonly<Record<string, readonly unknown[]>>;
}

/** Whether a reader is missing; with CI set, where .ci/run installs them, that is an error. */
function cannotImport(): boolean {
  try {
    execFileSync(PYTHON, ["-c", "import pyarrow.parquet, webdataset, crc32c; from tfrecord import example_pb2"], { stdio: "pipe" });
    return false;
  } catch (error) {
    if (process.env["CI"]) throw new Error(`${PYTHON} lacks a reader; name a Python that has them with PREP_PYTHON`, { cause: error });
    return true;
  }
}

let server: ScriptedServer;
let largeBytes = 0;

beforeAll(async () => {
  const small = await paintPicture(320, 200);
  // Bytes after the end of a picture are stored with it.
  const large = Buffer.concat([await paintPicture(400, 300, 1), Buffer.alloc(2e6, "large")]);
  largeBytes = large.length;
  server = await startScriptedServer({
    "/small.jpg": { body: small },
    "/slow.jpg": { body: small, delayMs: 200 },
    "/large.jpg": { body: large },
    "/page.jpg": { body: "<html>not a picture</html>" },
  });
});

afterAll(() => server.close());

async function writeList(folder: string, rows: number, paths: readonly string[]): Promise<string> {
  const list = paths.map((path) => `'${server.url(path)}'`).join(", ");
  return await writeParquet(
    join(folder, "list.parquet"),
    `SELECT [${list}][1 + i % ${paths.length}] || '?' || i AS url, 'caption ' || i AS caption, 9007199254740993 + i AS hash,
       i / 2 AS similarity, CASE WHEN i % 3 = 0 THEN i END AS sometimes, ['a', 'b'] AS tags FROM range(${rows}) r(i)`,
  );
}

function argumentsOf(list: string, output: string, format: string, samplesPerShard: number): string[] {
  const shape = ["--output-format", format, "--caption-col", "caption", "--save-additional-columns", "all"];
  const pictures = ["--resize-mode", "no", "--skip-reencode", "--number-sample-per-shard", String(samplesPerShard)];
  return ["download", list, "--output", output, ...shape, ...pictures, "--allow-private-network", "--retries", "0", "--quiet"];
}

describe.skipIf(cannotImport())("Python readers (skipped if PREP_PYTHON, or python3, lacks them)", () => {
  it.each(["parquet", "tfrecord", "webdataset"])("see every image, name and type of %s", (format) =>
    withFolder(async (folder) => {
      const rows = 90;
      const list = await writeList(folder, rows, ["/large.jpg", "/small.jpg", "/gone.jpg", "/page.jpg", "/large.jpg"]);
      const output = join(folder, "out");
      expect(await runPrep(argumentsOf(list, output, format, rows))).toMatchObject({ code: 0 });
      expect(await faultsOf(output, rows)).toEqual([]);
      const shard = join(output, `00000.${format === "webdataset" ? "tar" : format}`);
      const script = join(import.meta.dirname, "..", "support", "python", "read-shards.py");
      const [seen] = JSON.parse(execFileSync(PYTHON, [script, shard], { encoding: "utf8" })) as [Seen];
      const expected = (await loadedSamples(output)).map(({ key, members }) => [
        key,
        createHash("sha256")
          .update(members.get("jpg") ?? "")
          .digest("hex"),
      ]);
      expect(expected).toHaveLength((rows / 5) * 3);
      expect(seen.images).toEqual(Object.fromEntries(expected));
      if (format === "parquet") {
        expect(seen).toMatchObject({ rows, pieces: rows, empty: (rows / 5) * 2, nulls: (rows / 5) * 2 });
        // A row group ends after the image that fills it.
        expect(seen.groupBytes.length).toBe(3);
        expect(Math.max(...seen.groupBytes)).toBeLessThan(32 * 2 ** 20 + 2 ** 20 + largeBytes);
        expect(Object.entries(seen.schema)).toEqual([
          ["jpg", "binary"],
          ["hash", "int64"],
          ["similarity", "double"],
          ["sometimes", "int64"],
          ["tags", "list<element: string>"],
          ["caption", "string"],
          ["url", "string"],
          ...["key", "status", "error_message"].map((name) => [name, "string"]),
          ...["width", "height", "original_width", "original_height"].map((name) => [name, "int32"]),
          ...["exif", "sha256", "outcome", "detail"].map((name) => [name, "string"]),
          ["http_status", "int16"],
          ["attempts", "int16"],
          ["downloaded_bytes", "int64"],
          ["stored_bytes", "int64"],
          ["source_format", "string"],
          ["fetch_ms", "int32"],
        ]);
      }
      if (format === "tfrecord") {
        const kindOf = (names: string, kind: string) => names.split(" ").map((name) => [name, [kind]]);
        expect(seen.kinds).toEqual(
          Object.fromEntries([
            ...kindOf("key jpg txt caption url tags status error_message exif sha256", "bytes_list"),
            ...kindOf("hash sometimes width height original_width original_height", "int64_list"),
            ...kindOf("similarity", "float_list"),
          ]),
        );
        expect(seen.last).toMatchObject({ key: ["0000089"], txt: ["caption 89"], tags: ["a", "b"], similarity: [44.5], width: [400] });
      }
    }),
  );
});

describe("a download that is killed", () => {
  it.each(["files", "parquet", "tfrecord", "dummy"])("and started again has whole shards of %s", (format) =>
    withFolder(async (folder) => {
      const list = await writeList(folder, 150, ["/slow.jpg", "/small.jpg", "/page.jpg"]);
      const output = join(folder, "out");
      const args = [...argumentsOf(list, output, format, 25), "--thread-count", "16", "--processes-count", "1"];
      const records = async () => (await readdir(output).catch((): string[] => [])).filter((name) => name.endsWith("_stats.json")).length;
      for (const shards of [1, 3]) {
        const running = startPrep(args);
        while ((await records()) < shards) await new Promise((resolve) => setTimeout(resolve, 5));
        running.process.kill("SIGKILL");
        await running.result;
      }
      expect(await records()).toBeLessThan(6);
      expect(await runPrep(args)).toMatchObject({ code: 0 });
      const faults = await faultsOf(output, 150);
      expect(faults).toEqual(format === "dummy" ? ["0 samples in shards, 100 successes in sidecars"] : []);
    }),
  );
});
