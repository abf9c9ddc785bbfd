// The command lines of img2dataset's guides, run by prep on generated metadata and pictures.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type DemoWorld, prepareDemo } from "../../src/demo/prepare-demo.ts";
import { writeMetadata } from "../../src/demo/write-metadata.ts";
import { planFit } from "../../src/transform/fit.ts";
import type { ResizeMode } from "../../src/transform/transform-options.ts";
import { makeFolder } from "../support/cli/refusals.ts";
import { faultsOf, loadedSamples, sidecarRows } from "../support/output.ts";
import { openTestDatabase, writeParquet } from "../support/parquet.ts";

const ROWS = 120;
const WANDB_NOTICE = "notice: --enable-wandb has no effect";

let folder: { path: string; remove: () => Promise<void> };
let world: DemoWorld;

beforeAll(async () => {
  folder = await makeFolder();
  world = await prepareDemo({ directory: join(folder.path, "demo"), rows: 8 });
  const database = await openTestDatabase();
  // The seed of the servers, so that they know the hosts and pictures.
  await writeMetadata(database, {
    directory: join(folder.path, "wide"),
    rows: ROWS,
    files: 2,
    seed: "demo",
    layout: "wide",
    port: world.serverPort,
  });
  database.close();
  const from = `FROM '${folder.path}/wide/*.parquet'`;
  const box = `CASE WHEN "SAMPLE_ID" % 3 = 0 THEN [] ELSE [[0.3, 0.2, 0.6, 0.5], [0, 0.7, 0.1, 0.8]] END`;
  const inputs = {
    "laion400m-meta/part-0": `"SAMPLE_ID", "URL", "TEXT", "HEIGHT", "WIDTH", "LICENSE", "NSFW", similarity`,
    "laion2B-en/part-0": `"URL", "TEXT", "WIDTH", "HEIGHT", "LICENSE", "NSFW", similarity`,
    "joined/part-0": `"URL", "TEXT", "WIDTH", "HEIGHT", similarity, hash, punsafe, pwatermark, "AESTHETIC_SCORE" AS aesthetic, 'en' AS "LANGUAGE"`,
    "laion-coco/part-0": `"URL", "TEXT", 'a caption' AS top_caption, ["TEXT", 'another'] AS all_captions, [similarity, 0.2] AS all_similarities, "WIDTH", "HEIGHT", similarity, hash, punsafe, pwatermark`,
    "coyo-700m/part-0": `"SAMPLE_ID" AS id, "URL" AS url, "TEXT" AS text, "WIDTH" AS width, "HEIGHT" AS height, '0123abcd' AS image_phash, similarity AS clip_similarity_vitb32, similarity AS clip_similarity_vitl14, punsafe AS nsfw_score_opennsfw2, punsafe AS nsfw_score_gantman, pwatermark AS watermark_score, "AESTHETIC_SCORE" AS aesthetic_score_laion_v2`,
    "datacomp/metadata": `md5("URL") AS uid, "URL" AS url, "TEXT" AS text, "WIDTH" AS original_width, "HEIGHT" AS original_height, similarity AS clip_b32_similarity_score, ${box} AS face_bboxes, sha256("URL") AS sha256`,
  };
  for (const [name, columns] of Object.entries(inputs))
    await writeParquet(join(folder.path, `${name}.parquet`), `SELECT ${columns} ${from}`);
}, 120_000);

afterAll(async () => {
  await world.close();
  await folder.remove();
});

/** A command line of a guide, and the output that it makes. */
interface Guide {
  readonly name: string;
  readonly line: string;
  readonly output: string;
  readonly resizeMode: ResizeMode;
  readonly size: number;
  readonly onlyIfBigger: boolean;
  /** Columns before the caption in the JSON of a sample. */
  readonly columns: readonly string[];
  readonly digits: number;
}

const KEEP = `--resize_only_if_bigger=True --resize_mode="keep_ratio" --skip_reencode=True`;
const PARQUET = `--input_format "parquet" --url_col "URL" --caption_col "TEXT" --output_format webdataset`;
const kept = { resizeMode: "keep_ratio", onlyIfBigger: true, digits: 5 } as const;

const GUIDES: readonly Guide[] = [
  {
    name: "LAION-400M on one machine, 256",
    line: `img2dataset --url_list laion400m-meta ${PARQUET} --output_folder laion400m-data --processes_count 16 --thread_count 128 --image_size 256\
             --save_additional_columns '["NSFW","similarity","LICENSE"]' --enable_wandb True`,
    output: "laion400m-data",
    resizeMode: "border",
    size: 256,
    onlyIfBigger: false,
    columns: ["NSFW", "similarity", "LICENSE"],
    digits: 5,
  },
  {
    name: "LAION-5B with its digests, 384",
    line: `img2dataset --processes_count=1 --thread_count=64 --url_list=laion2B-en --image_size=384 ${KEEP} --output_folder=laion2B-data
        --output_format="webdataset" --input_format="parquet" --url_col="URL" --caption_col="TEXT" --enable_wandb=True --number_sample_per_shard=10000
        --distributor="pyspark" --save_additional_columns='["NSFW","similarity","LICENSE"]' --oom_shard_count=6 --compute_hash="md5"`,
    output: "laion2B-data",
    ...kept,
    size: 384,
    columns: ["NSFW", "similarity", "LICENSE"],
    digits: 6,
  },
  {
    name: "high resolution, 1024",
    line: `img2dataset --url_list joined ${PARQUET} --output_folder laion-high-resolution-output --processes_count 16 --thread_count 64 --image_size 1024
        ${KEEP} --save_additional_columns '["similarity","hash","punsafe","pwatermark","LANGUAGE"]' --enable_wandb True`,
    output: "laion-high-resolution-output",
    ...kept,
    size: 1024,
    columns: ["similarity", "hash", "punsafe", "pwatermark", "LANGUAGE"],
  },
  {
    name: "aesthetic, 384",
    line: `img2dataset --url_list joined ${PARQUET} --output_folder laion-aesthetic-data --processes_count 16 --thread_count 64 --image_size 384
        ${KEEP} --save_additional_columns '["similarity","hash","punsafe","pwatermark","aesthetic"]' --enable_wandb True`,
    output: "laion-aesthetic-data",
    ...kept,
    size: 384,
    columns: ["similarity", "hash", "punsafe", "pwatermark", "aesthetic"],
  },
  {
    name: "LAION-COCO, 256",
    line: `img2dataset --url_list laion-coco ${PARQUET} --output_folder laion-coco-output --processes_count 16 --thread_count 64 --image_size 256
        ${KEEP} --save_additional_columns '["similarity","hash","punsafe","pwatermark","top_caption","all_captions","all_similarities"]' --enable_wandb True`,
    output: "laion-coco-output",
    ...kept,
    size: 256,
    columns: ["similarity", "hash", "punsafe", "pwatermark", "top_caption", "all_captions", "all_similarities"],
  },
  {
    name: "COYO, 384",
    line: `img2dataset --url_list coyo-700m --input_format "parquet" --url_col "url" --caption_col "text" --output_format webdataset
        --output_folder coyo-700m-webdataset --processes_count 16 --thread_count 64 --image_size 384 ${KEEP}
        --save_additional_columns '["clip_similarity_vitb32","clip_similarity_vitl14","nsfw_score_opennsfw2","nsfw_score_gantman","watermark_score","aesthetic_score_laion_v2"]' --enable_wandb False`,
    output: "coyo-700m-webdataset",
    ...kept,
    size: 384,
    columns: [
      ...["clip_similarity_vitb32", "clip_similarity_vitl14", "nsfw_score_opennsfw2", "nsfw_score_gantman"],
      ...["watermark_score", "aesthetic_score_laion_v2"],
    ],
  },
  {
    name: "DataComp, 512, faces blurred",
    line: `img2dataset --url_list datacomp --output_folder datacomp-shards --input_format parquet --url_col url --caption_col text --bbox_col face_bboxes
        --output_format webdataset --number_sample_per_shard 10000 --oom_shard_count 8 --encode_format jpg --encode_quality 95 --processes_count 16
        --thread_count 128 --image_size 512 --resize_mode keep_ratio_largest --resize_only_if_bigger True --skip_reencode True --retries 2
        --save_additional_columns '["uid"]' --enable_wandb False`,
    output: "datacomp-shards",
    resizeMode: "keep_ratio_largest",
    size: 512,
    onlyIfBigger: true,
    columns: ["uid", "face_bboxes"],
    digits: 8,
  },
  {
    name: "a small model's pictures, 224, cropped",
    line: `img2dataset joined --input_format=parquet --url_col=URL --caption_col=TEXT --output_format=webdataset --output_folder=crops
        --image_size=224 --resize_mode=center_crop --min_image_size=100 --max_aspect_ratio=3 --noextract_exif`,
    output: "crops",
    resizeMode: "center_crop",
    size: 224,
    onlyIfBigger: false,
    columns: [],
    digits: 5,
  },
];

/** Runs a copied command line in a shell, with `prep download` for `img2dataset`. */
async function runLine(line: string): Promise<{ readonly code: number; readonly stderr: string }> {
  const command = line.replace(/^img2dataset/, `"$NODE" "$PREP" download`).replaceAll("\n", " ");
  const env = {
    ...process.env,
    NODE: process.execPath,
    PREP: join(import.meta.dirname, "..", "..", "bin", "prep.js"),
    PREP_DNS_SERVER: world.dnsServer,
    PREP_ALLOW_PRIVATE_NETWORK: "1",
    PREP_TOTAL_TIMEOUT: "20",
  };
  return await new Promise((resolve) => {
    execFile("sh", ["-c", command], { cwd: folder.path, env }, (error, _, stderr) => resolve({ code: Number(error?.code ?? 0), stderr }));
  });
}

it.each(GUIDES)("$name", { timeout: 60_000 }, async (guide) => {
  const { code, stderr } = await runLine(guide.line);
  expect(stderr).not.toMatch(/error|defect/);
  expect(code).toBe(0);
  expect(stderr.includes(WANDB_NOTICE)).toBe(/--enable_wandb[ =]True/.test(guide.line));
  const output = join(folder.path, guide.output);
  expect(await faultsOf(output, ROWS)).toEqual([]);
  const rows = await sidecarRows(output);
  const packed = rows.filter(({ status }) => status === "success");
  expect(packed.length).toBeGreaterThan(0.6 * ROWS);
  for (const row of packed) {
    const plan = planFit(Number(row["original_width"]), Number(row["original_height"]), {
      imageSize: guide.size,
      resizeMode: guide.resizeMode,
      resizeOnlyIfBigger: guide.onlyIfBigger,
    });
    expect([row["width"], row["height"]]).toEqual([plan.outWidth, plan.outHeight]);
  }
  const samples = await loadedSamples(output);
  expect(samples.map(({ key }) => key.length)).toEqual(samples.map(() => guide.digits + 4));
  const [first] = samples;
  expect([...(first?.members.keys() ?? [])].sort()).toEqual(["jpg", "json", "txt"]);
  const json = JSON.parse(first?.members.get("json")?.toString() ?? "") as Record<string, unknown>;
  const exif = guide.line.includes("--noextract_exif") ? [] : ["exif"];
  const digest = guide.line.includes("--compute_hash") ? "md5" : "sha256";
  const fixed = ["caption", "url", "key", "status", "error_message", "width", "height", "original_width", "original_height"];
  expect(Object.keys(json)).toEqual([...guide.columns, ...fixed, ...exif, digest]);
});

it("LAION-5B with --verify_hash packs only bodies that have the recorded digest", { timeout: 60_000 }, async () => {
  // The digests come from an earlier download; every tenth is of other bytes.
  const found = `'${folder.path}/laion2B-data/*.parquet'`;
  await writeParquet(
    join(folder.path, "laion2B-en-md5", "part-0.parquet"),
    `SELECT url AS "URL", caption AS "TEXT", CASE WHEN row_number() OVER () % 10 = 0 THEN md5('other') ELSE upper(md5) END AS md5 FROM ${found} WHERE status = 'success'`,
  );
  const { code, stderr } =
    await runLine(`img2dataset --url_list laion2B-en-md5 --image_size 384 ${KEEP} --output_folder checked --thread_count 64 --output_format webdataset
    --input_format parquet --url_col URL --caption_col TEXT --compute_hash md5 --verify_hash '["md5","md5"]' --retries 1`);
  expect(stderr).not.toMatch(/error|defect/);
  expect(code).toBe(0);
  const rows = await sidecarRows(join(folder.path, "checked"));
  const wrong = rows.filter(({ outcome }) => outcome === "hash_mismatch");
  expect(wrong).toHaveLength(Math.floor(rows.length / 10));
  expect(wrong[0]).toMatchObject({
    status: "failed_to_download",
    error_message: "hash mismatch",
    detail: expect.stringMatching(/^md5 [0-9a-f]{32}$/),
  });
  expect(rows.filter(({ outcome }) => outcome === "success").length).toBe(rows.length - wrong.length);
});
