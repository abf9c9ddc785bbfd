// img2dataset's options: the table in the code against its documentation, and copied command lines.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PEER_OPTIONS } from "../../src/cli/options/img2dataset.ts";
import { peerOptionsMarkdown } from "../../src/cli/options/markdown.ts";
import { defaultOf } from "../../src/job/options/spec.ts";
import { OPTIONS } from "../../src/job/options/table.ts";
import { expectRefusal, makeFolder } from "../support/cli/refusals.ts";
import { writeParquet } from "../support/parquet.ts";
import { runPrepHere } from "../support/prep-here.ts";

/** The parameters of img2dataset 1.47.0's download() with their defaults, and a newer one. */
const PEER_SIGNATURE =
  `url_list=required image_size=256 output_folder="images" processes_count=1 resize_mode="border" resize_only_if_bigger=False
  upscale_interpolation="lanczos" downscale_interpolation="area" encode_quality=95 encode_format="jpg" skip_reencode=False output_format="files"
  input_format="txt" url_col="url" caption_col=None bbox_col=None thread_count=256 number_sample_per_shard=10000 extract_exif=True
  save_additional_columns=None timeout=10 enable_wandb=False wandb_project="img2dataset" oom_shard_count=5 compute_hash="sha256" verify_hash=None
  distributor="multiprocessing" subjob_size=1000 retries=0 disable_all_reencoding=False min_image_size=0 max_image_area=inf max_aspect_ratio=inf
  incremental_mode="incremental" max_shard_retry=1 user_agent_token=None disallowed_header_directives=None ignore_ssl_certificate=False`.split(
    /\s+/,
  );

let folder: { path: string; remove: () => Promise<void> };

beforeAll(async () => {
  folder = await makeFolder();
  await writeParquet(
    join(folder.path, "list.parquet"),
    "SELECT 'ftp://a.test/' || i AS url, [[0.1, 0.1, 0.2, 0.2]] AS boxes, 'x' AS md5, i AS number FROM range(3) r(i)",
  );
});

afterAll(() => folder.remove());

describe("the table of img2dataset's options", () => {
  it("has each option once, with its default", () => {
    expect(PEER_OPTIONS.map(({ name, default: value }) => `${name}=${value}`).sort()).toEqual([...PEER_SIGNATURE].sort());
  });

  it("names options of prep download, and marks those without effect", () => {
    for (const { name, option, answer, note } of PEER_OPTIONS) {
      if (name === "url_list") continue;
      const spec = OPTIONS.find((candidate) => candidate.name === option);
      expect(spec?.verbs, name).toContain("download");
      expect(spec?.notice !== undefined, name).toBe(answer === "none");
      if (answer !== "same") expect(note, name).not.toBe("");
    }
  });

  it("has img2dataset's default for every option of the same meaning", () => {
    const python = (value: unknown) =>
      value === undefined ? "None" : value === true ? "True" : value === false ? "False" : JSON.stringify(value);
    for (const { name, option, answer, default: theirs } of PEER_OPTIONS) {
      const spec = OPTIONS.find((candidate) => candidate.name === option);
      if (answer !== "same" || !spec || ["output_folder", "disallowed_header_directives"].includes(name)) continue;
      expect(python(defaultOf(spec, "download")), name).toBe(theirs);
    }
  });

  it("is in the documentation; npm run docs writes it", async () => {
    const page = await readFile(join(import.meta.dirname, "..", "..", "docs", "img2dataset.md"), "utf8");
    expect(page).toContain(`<!-- options -->\n${peerOptionsMarkdown()}\n<!-- /options -->`);
  });
});

describe("a copied command line", () => {
  it("runs with every option, with notices for those without effect, and plans what it asks for", async () => {
    const command =
      `download --url_list list.parquet --image_size 1e2 --output_folder every --processes_count 1 --resize_mode=keep_ratio --resize_only_if_bigger=True
      --upscale_interpolation bicubic --downscale_interpolation Lanczos4 --encode_quality=90 --encode_format jpg --skip_reencode --output_format webdataset
      --input_format parquet --url_col url --caption_col None --bbox_col boxes --thread_count 16 --number_sample_per_shard=1_000 --noextract_exif
      --save_additional_columns ["number"] --timeout 3 --enable_wandb --wandb_project mine --oom_shard_count 6 --compute_hash md5 --verify_hash ["md5","md5"]
      --distributor pyspark --subjob_size 100 --retries=0 --disable_all_reencoding=False --min_image_size 10 --max_image_area inf --max_aspect_ratio 3.5
      --max_shard_retry 3 --user_agent_token MyCrawler --disallowed_header_directives [noai] --ignore_ssl_certificate False`.split(/\s+/);
    command.push("--incremental_mode", "incremental");
    const result = await runPrepHere(command, { cwd: folder.path });
    expect(result.stderr).not.toContain("error:");
    expect(result.code).toBe(0);
    for (const name of ["enable-wandb", "wandb-project", "distributor", "subjob-size", "max-shard-retry"])
      expect(result.stderr).toContain(`notice: --${name} has no effect: `);
    expect(result.stderr.match(/has no effect: /g)).toHaveLength(5);
    const output = join(folder.path, "every");
    const { identity } = JSON.parse(await readFile(join(output, "_prep", "plan.json"), "utf8")) as { identity: object };
    expect(identity).toMatchObject({
      imageSize: 100,
      resizeMode: "keep_ratio",
      resizeOnlyIfBigger: true,
      upscaleInterpolation: "cubic",
      downscaleInterpolation: "lanczos",
      encodeQuality: 90,
      skipReencode: true,
      boxColumn: "boxes",
      samplesPerShard: 1000,
      extractExif: false,
      additionalColumns: ["number"],
      shardDigits: 6,
      computeHash: "md5",
      verifyHash: { column: "md5", algorithm: "md5" },
      disableAllReencoding: false,
      minImageSize: 10,
      maxAspectRatio: 3.5,
    });
    const settings = JSON.parse(await readFile(join(output, "_prep", "settings.json"), "utf8")) as { userAgent: string };
    expect(settings).toMatchObject({
      timeoutMs: 3000,
      retries: 0,
      disallowedDirectives: ["noai"],
      userAgentToken: "mycrawler",
      insecureTls: false,
    });
    expect(settings.userAgent).toMatch(/^prep\/\S+ \(compatible; mycrawler\)$/);
    expect(await readdir(output)).toContain("000000_stats.json");
  });

  it.each([
    ["--distributor dask", /'dask' is invalid. Allowed choices are multiprocessing, pyspark, ray/],
    ["--enable_wandb=maybe", /--enable-wandb=maybe is neither true nor false\nhint: Write True or False/],
    ["--verify_hash md5", /--verify-hash md5 is not a column and md5, sha256 or sha512\nhint: Write --verify-hash/],
    ["--verify_hash ['md5','crc']", /--verify-hash md5 crc is not/],
    [
      "--bbox_col boxes --disable_all_reencoding True",
      /--bbox-col blurs pictures, but --disable-all-reencoding stores them as downloaded\nhint: /,
    ],
    ["--true-extension", /--true-extension has no effect without --disable-all-reencoding/],
    ["--user_agent_token my(crawler)", /--user-agent-token my\(crawler\) cannot stand in a header\nhint: .*--contact/],
    ["--output_folder s3://bucket/out", /--output s3:\/\/bucket\/out is no local path\nhint: Mount/],
    ["--url_list s3://bucket/in", /the input s3:\/\/bucket\/in is no local path/],
  ])("is refused for an impossible value: %s", async (words, says) => {
    await expectRefusal(
      ["download", "list.parquet", "--output", "out", ...words.split(" ")],
      { code: 2, says: [says], output: join(folder.path, "out") },
      { cwd: folder.path },
    );
  });

  it.each([
    ["--bbox_col number", /the column number holds BIGINT, not lists of boxes\nhint: .*--bbox-col/],
    ["--verify_hash ['number','md5']", /the column number holds BIGINT, not text\nhint: .*--verify-hash/],
    ["--bbox_col faces", /has no column "faces"; it has url, boxes, md5, number/],
  ])("is refused before any download if a named column has the wrong type: %s", async (words, says) => {
    await expectRefusal(
      ["download", "list.parquet", "--output", "out", ...words.split(" ")],
      { code: 4, says: [says], output: join(folder.path, "out") },
      { cwd: folder.path },
    );
  });
});
