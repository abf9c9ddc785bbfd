// A whole run over pictures made to break decoders ends well and stores only sound images.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ProcessTree } from "../../bench/process-tree.ts";
import { faultsOf, loadedSamples, sidecarRows } from "../support/output.ts";
import { withFolder, writeParquet } from "../support/parquet.ts";
import { startPrep } from "../support/run-prep.ts";
import { type HostilePicture, hostilePictures } from "../support/transform/hostile-pictures.ts";

/** Twice what the largest allowed picture needs, beside Node. */
const MAX_RSS_BYTES = 1.5e9;

let pictures: HostilePicture[];
let server: Server;
let origin: string;

beforeAll(async () => {
  pictures = await hostilePictures();
  server = createServer((request, response) => {
    const body = pictures[Number((request.url ?? "").slice(1))]?.body;
    response.writeHead(body ? 200 : 404).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

it("is made of a thousand different pictures", () => {
  expect(pictures.length).toBeGreaterThan(1200);
  expect(new Set(pictures.map(({ name }) => name)).size).toBe(pictures.length);
});

it.each([
  ["resized", ["--resize-mode", "keep_ratio", "--image-size", "64"]],
  ["stored as they came where they can be, checked to the last pixel", ["--resize-mode", "no", "--skip-reencode", "--verify-images"]],
])("survives them, %s", (_, options) =>
  withFolder(async (folder) => {
    const list = await writeParquet(join(folder, "list.parquet"), `SELECT '${origin}/' || i AS url FROM range(${pictures.length}) r(i)`);
    const output = join(folder, "out");
    const args = ["--output-format", "webdataset", "--number-sample-per-shard", "300", "--allow-private-network", ...options];
    const running = startPrep(["download", list, "--output", output, ...args]);
    const tree = new ProcessTree(running.process.pid ?? 0);
    const looking = setInterval(() => tree.sample(), 50);
    const { code, stderr } = await running.result;
    clearInterval(looking);
    expect([code, stderr]).toEqual([0, expect.not.stringContaining("defect")]);
    expect(await faultsOf(output, pictures.length)).toEqual([]);
    expect(tree.usage().largestRssBytes).toBeLessThan(MAX_RSS_BYTES);

    const rows = await sidecarRows(output);
    const nameOf = (url: unknown) => pictures[Number(String(url).slice(origin.length + 1))]?.name ?? "unknown";
    // Any other failure of the network would mean that the server, not the picture, was judged.
    const strange = rows.filter(({ status, outcome }) => status === "failed_to_download" && outcome !== "empty_body");
    expect(strange.map(({ url, outcome }) => `${nameOf(url)}: ${outcome}`)).toEqual([]);
    const sound = rows.filter(({ url }) => nameOf(url).endsWith("sound"));
    expect(sound.map(({ outcome }) => outcome)).toEqual(Array(6).fill("success"));
    const cut = rows.filter(({ url, status }) => /cut at \d/.test(nameOf(url)) && status === "success");
    expect(cut.map(({ url }) => nameOf(url))).toEqual([]);

    const stored = join(folder, "stored");
    mkdirSync(stored);
    for (const { key, members } of await loadedSamples(output)) {
      for (const [extension, bytes] of members)
        if (extension !== "json" && extension !== "txt") writeFileSync(join(stored, `${key}.${extension}`), bytes);
    }
    expect(readdirSync(stored).length).toBe(rows.filter(({ status }) => status === "success").length);
    const python = process.env["PREP_PYTHON"] ?? "python3";
    const seen = JSON.parse(
      execFileSync(python, [join(import.meta.dirname, "..", "support", "python", "second-decoder.py"), stored], { encoding: "utf8" }),
    ) as Record<string, [number, number]>;
    const unopened = rows.flatMap((row) => {
      const size = seen[String(row["key"])];
      const isSame = size?.[0] === row["width"] && size?.[1] === row["height"];
      return row["status"] === "success" && !isSame ? [`${nameOf(row["url"])}: ${size ?? "not opened"}`] : [];
    });
    expect(unopened).toEqual([]);
  }),
);
