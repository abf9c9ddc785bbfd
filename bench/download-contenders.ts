// The sides of bench:download: sharp alone, prep and img2dataset, over the same images.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { contender } from "./contender.ts";
import { GUIDE, PEER } from "./download-job.ts";
import type { DownloadMix } from "./download-mix.ts";
import { watchFirstByte } from "./first-byte.ts";
import type { FloorDownloadJob } from "./floor-download.ts";
import { lastJson, type Measured, measure } from "./measure.ts";
import type { Contender } from "./rounds.ts";
import { behaviourOf, type ServerKind } from "./server-behaviour.ts";
import { successfulRows } from "./successes.ts";
import { PACKAGE, PROGRAM } from "./surroundings.ts";

const UNVERIFIED = join(PACKAGE, "bench", "unverified-https");

/** What all sides are told. */
export interface DownloadJob {
  readonly mix: DownloadMix;
  readonly server: ServerKind;
  /** Parquet with the URLs. */
  readonly urls: string;
  readonly samplesPerShard: number;
  /** False: every image is encoded again, even if its bytes could stay as they came. */
  readonly skipsReencoding: boolean;
  /** prep's `--robots`; img2dataset never asks for robots.txt. */
  readonly robots: string;
  /** The name server for the URLs' hosts, for sides that can be told. */
  readonly dns?: string;
}

/** One run of one side. */
export interface DownloadRun extends Omit<Measured, "stdout"> {
  /** For sharp its loop, for img2dataset from the first shard's start to the last one's end, for prep the whole process. */
  readonly seconds: number;
  readonly successes: number;
  /** Rows that were stored; absent for the floor, which does not say which. */
  readonly rows?: ReadonlySet<number>;
  /** From the start to the first byte of a shard. */
  readonly firstByteSeconds?: number;
}

/** sharp alone, on the bodies that the server delivers whole. */
export function floor(job: DownloadJob): Contender<DownloadRun> {
  return contender("download", "floor", async (folder) => {
    const paths = job.mix.rows.filter((_, row) => behaviourOf(job.server, row) === "serve").map(({ path }) => path);
    const list = join(folder, "paths.json");
    const floorJob: FloorDownloadJob = { paths, skipsReencoding: job.skipsReencoding };
    await writeFile(list, JSON.stringify(floorJob));
    const args = ["--import", "tsx", join(PACKAGE, "bench", "floor-download.ts"), list];
    const measured = await measure({
      file: process.execPath,
      args,
      env: { UV_THREADPOOL_SIZE: "2", MALLOC_ARENA_MAX: "2" },
      watched: folder,
    });
    const { stored = 0, seconds = Number.NaN, cpuSeconds = Number.NaN } = lastJson(measured.stdout);
    return { ...figures(measured), cpuSeconds, seconds, successes: stored };
  });
}

/** `prep download` with the guide's options and otherwise its defaults. */
export function ours(job: DownloadJob): Contender<DownloadRun> {
  return contender("download", "prep", async (folder) => {
    const output = join(folder, "out");
    const flags = ["--resize-only-if-bigger", "--allow-private-network", "--quiet", "--robots", job.robots];
    if (job.skipsReencoding) flags.push("--skip-reencode");
    if (job.server === "https") flags.push("--insecure-tls");
    if (job.dns) flags.push("--dns-server", job.dns);
    const args = [PROGRAM, "download", job.urls, "--output", output, ...guideOptions("-", job), ...flags];
    const firstByte = watchFirstByte(output);
    try {
      const measured = await measure({ file: process.execPath, args, watched: folder });
      const rows = await successfulRows(output);
      const firstByteSeconds = firstByte.seconds() ?? Number.NaN;
      return { ...figures(measured), seconds: measured.wallSeconds, successes: rows.size, rows, firstByteSeconds };
    } finally {
      firstByte.stop();
    }
  });
}

/** img2dataset with the guide's options; `python` is the interpreter that has it. */
export function img2dataset(job: DownloadJob, python: string): Contender<DownloadRun> {
  return contender("download", "img2dataset", async (folder) => {
    const output = join(folder, "out");
    const options = ["--output_folder", output, "--input_format", "parquet", ...guideOptions("_", job)];
    const flags = ["--resize_only_if_bigger", "True", "--enable_wandb", "False"];
    flags.push("--skip_reencode", job.skipsReencoding ? "True" : "False");
    const counts = ["--processes_count", String(PEER.processes), "--thread_count", String(PEER.threads)];
    const args = [join(python, "..", "img2dataset"), job.urls, ...options, ...flags, ...counts];
    // img2dataset cannot be told to skip certificate checks; Python imports this module at its start.
    const env = { NO_ALBUMENTATIONS_UPDATE: "1", ...(job.server === "https" ? { PYTHONPATH: UNVERIFIED } : {}) };
    const measured = await measure({ file: python, args, env, watched: folder });
    const rows = await successfulRows(output);
    return { ...figures(measured), seconds: await span(output), successes: rows.size, rows };
  });
}

/** Options that both tools have, with `-` or `_` between the words. */
function guideOptions(joint: "-" | "_", job: DownloadJob): string[] {
  const options: Readonly<Record<string, string | number>> = {
    url_col: "url",
    caption_col: "caption",
    output_format: "webdataset",
    image_size: GUIDE.imageSize,
    resize_mode: GUIDE.resizeMode,
    number_sample_per_shard: job.samplesPerShard,
    timeout: GUIDE.timeoutSeconds,
    retries: 0,
  };
  return Object.entries(options).flatMap(([name, value]) => [`--${name.replaceAll("_", joint)}`, String(value)]);
}

/** Seconds from the start of the first shard to the end of the last, as img2dataset recorded them. */
async function span(output: string): Promise<number> {
  const names = (await readdir(output)).filter((name) => name.endsWith("_stats.json"));
  const texts = await Promise.all(names.map((name) => readFile(join(output, name), "utf8")));
  const stats = texts.map((text) => JSON.parse(text) as { readonly start_time: number; readonly end_time: number });
  return Math.max(...stats.map((shard) => shard.end_time)) - Math.min(...stats.map((shard) => shard.start_time));
}

function figures(measured: Measured): Omit<Measured, "stdout"> {
  const { stdout: _, ...rest } = measured;
  return rest;
}
