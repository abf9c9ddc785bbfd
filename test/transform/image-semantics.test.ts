// Options about single pictures, through the built program: each row and its outcome.
import { createHash } from "node:crypto";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, it } from "vitest";
import { quoteText } from "../../src/sql/text.ts";
import { type ScriptedServer, startScriptedServer } from "../support/fetch/scripted-server.ts";
import { faultsOf, loadedSamples, sidecarRows } from "../support/output.ts";
import { withFolder, writeParquet } from "../support/parquet.ts";
import { runPrepHere } from "../support/prep-here.ts";
import { paintPicture } from "../support/transform/painted-picture.ts";

const COMMON = ["--output_format", "webdataset", "--allow-private-network", "--quiet"];
const sha256 = (body: Buffer) => createHash("sha256").update(body).digest("hex");

let server: ScriptedServer;
let photo: Buffer;
let turned: Buffer;

beforeAll(async () => {
  photo = await paintPicture(200, 150);
  turned = await sharp(photo).withMetadata({ orientation: 6 }).jpeg().toBuffer();
  const latin1 = (text: string) => ({ body: Buffer.from(text, "latin1") });
  server = await startScriptedServer({
    "/photo.jpg": { body: photo },
    "/turned.jpg": { body: turned },
    "/cut.jpg": { body: photo.subarray(0, photo.length - 2000) },
    "/tiny.jpg": { body: await paintPicture(40, 30) },
    "/huge.png": { body: await paintPicture(600, 400, 0, "png") },
    "/strip.jpg": { body: await paintPicture(500, 60) },
    "/anim.gif": { body: await sharp(photo).gif().toBuffer() },
    "/phone.heic": latin1("\0\0\0\x18ftypheic\0\0\0\0mif1heic"),
    "/new.jxl": latin1("\xff\x0a\xfa\x12"),
    "/draw.svg": { body: '<svg xmlns="http://www.w3.org/2000/svg"/>' },
    "/work.psd": latin1("8BPS\0\x01"),
    "/paper.pdf": latin1("%PDF-1.7"),
    "/page.html": { body: "<html></html>" },
    "/ours.jpg": { body: photo, headers: { "x-robots-tag": "mycrawler: noai" } },
    "/others.jpg": { body: photo, headers: { "x-robots-tag": "othercrawler: noai" } },
  });
});

afterAll(() => server.close());

it("boxes, digests, filters, formats and rules each have their outcome, and what was found is recorded", () =>
  withFolder(async (folder) => {
    const good = sha256(photo);
    const rows: [path: string, boxes: string, digest: string | null, row: Record<string, unknown>][] = [
      ["/photo.jpg", "[]", good, { outcome: "success", stored_bytes: BigInt(photo.length) }],
      ["/photo.jpg?upper", "NULL", good.toUpperCase(), { outcome: "success", sha256: good }],
      ["/photo.jpg?blurred", "[[0.2, 0.2, 0.6, 0.8]]", good, { outcome: "success", width: 200, height: 150 }],
      [
        "/photo.jpg?pixels",
        "[[40, 30, 120, 120]]",
        good,
        { outcome: "bad_boxes", error_message: "bounding boxes unusable", original_width: null },
      ],
      ["/photo.jpg?nan", "[[0.2, 'nan'::DOUBLE, 0.6, 0.8]]", good, { outcome: "bad_boxes", status: "failed_to_resize" }],
      ["/photo.jpg?other", "[]", sha256(turned), { outcome: "hash_mismatch", status: "failed_to_download", detail: `sha256 ${good}` }],
      ["/photo.jpg?none", "[]", null, { outcome: "hash_mismatch", error_message: "hash mismatch" }],
      ["/tiny.jpg", "[]", "", { outcome: "image_too_small", original_width: 40, original_height: 30, width: null }],
      ["/huge.png", "[]", "", { outcome: "area_too_large", original_width: 600, original_height: 400, source_format: "png" }],
      ["/strip.jpg", "[]", "", { outcome: "aspect_ratio_too_large", original_width: 500, original_height: 60 }],
      ["/cut.jpg", "[]", "", { outcome: "truncated", original_width: 200 }],
      ...["phone.heic", "new.jxl", "draw.svg", "work.psd", "paper.pdf"].map((name): [string, string, string, Record<string, unknown>] => [
        `/${name}`,
        "[]",
        "",
        { outcome: "unsupported_format", source_format: name.split(".")[1], error_message: "Image decoding error" },
      ]),
      ["/ours.jpg", "[]", good, { outcome: "opted_out" }],
      ["/others.jpg", "[]", good, { outcome: "success" }],
    ];
    const bodyOf = new Map<string, string>();
    for (const [path] of rows) bodyOf.set(path, sha256(Buffer.from(await (await fetch(server.url(path))).arrayBuffer())));
    const values = rows.map(([path, boxes, digest]) => {
      const expected = digest === "" ? bodyOf.get(path) : digest;
      return `(${quoteText(server.url(path))}, ${boxes}::DOUBLE[][], ${expected ? quoteText(expected) : "NULL"})`;
    });
    const list = await writeParquet(join(folder, "list.parquet"), `SELECT * FROM (VALUES ${values.join(", ")}) t(url, faces, digest)`);
    const output = join(folder, "out");
    const words = `--bbox_col faces --skip_reencode True --resize_mode no --min_image_size 50 --max_image_area 2e5 --max_aspect_ratio 4
      --user_agent_token MyCrawler --contact https://example.org/bot`.split(/\s+/);
    const result = await runPrepHere(["download", list, "--output", output, "--verify_hash", '["digest","sha256"]', ...words, ...COMMON]);
    expect(result.code).toBe(0);
    expect(await faultsOf(output, rows.length)).toEqual([]);
    const found = await sidecarRows(output);
    for (const [index, [path, , , wanted]] of rows.entries()) expect(found[index], path).toMatchObject(wanted);
    const samples = new Map((await loadedSamples(output)).map(({ key, members }) => [key, members]));
    const image = (index: number) => samples.get(String(found[index]?.["key"]))?.get("jpg");
    expect(image(0)).toEqual(photo);
    expect(image(2)).not.toEqual(photo);
    const json = JSON.parse(samples.get(String(found[2]?.["key"]))?.get("json")?.toString() ?? "") as object;
    expect(json).toMatchObject({ faces: [[0.2, 0.2, 0.6, 0.8]], sha256: good });
    expect(server.lastHeaders("/photo.jpg")?.["user-agent"]).toMatch(
      /^prep\/\S+ \(compatible; mycrawler; \+https:\/\/example\.org\/bot\)$/,
    );
  }));

it("bytes that are stored as they came may be named by what they are", () =>
  withFolder(async (folder) => {
    const paths = ["/photo.jpg", "/anim.gif", "/phone.heic", "/page.html"];
    const list = await writeParquet(
      join(folder, "list.parquet"),
      `SELECT unnest([${paths.map((path) => quoteText(server.url(path))).join(", ")}]) AS url`,
    );
    const output = join(folder, "out");
    const args = [
      "download",
      list,
      "--output",
      output,
      "--disable_all_reencoding",
      "True",
      "--min_image_size",
      "9999",
      ...COMMON.slice(0, -1),
    ];
    const result = await runPrepHere([...args, "--true-extension"]);
    expect(result.stderr).toContain("notice: --min-image-size has no effect with --disable-all-reencoding");
    const samples = await loadedSamples(output);
    expect(samples.map(({ members }) => [...members.keys()].find((name) => name !== "json"))).toEqual(["jpg", "gif", "heic", "bin"]);
    expect(samples[0]?.members.get("jpg")).toEqual(photo);
    expect((await sidecarRows(output)).map(({ source_format }) => source_format)).toEqual(["jpeg", "gif", "heic", null]);
    const another = await runPrepHere(args);
    expect(another.code).toBe(5);
    expect(another.stderr).toContain("--true-extension: this output was made with it; you leave it out.");
  }));

it("pictures are turned, taken as far as they go, and left at their size, if that is asked for", () =>
  withFolder(async (folder) => {
    const paths = ["/turned.jpg", "/cut.jpg", "/tiny.jpg"];
    const list = await writeParquet(
      join(folder, "list.parquet"),
      `SELECT unnest([${paths.map((path) => quoteText(server.url(path))).join(", ")}]) AS url`,
    );
    const output = join(folder, "out");
    const words = ["--orient", "--accept-truncated", "--no-upscale", "--image_size=180", "--resize_mode=keep_ratio_largest"];
    expect((await runPrepHere(["download", list, "--output", output, ...words, ...COMMON])).code).toBe(0);
    const sizes = (await sidecarRows(output)).map((row) => [row["width"], row["height"], row["original_width"], row["original_height"]]);
    expect(sizes).toEqual([
      [135, 180, 200, 150],
      [180, 135, 200, 150],
      [40, 30, 40, 30],
    ]);
  }));
