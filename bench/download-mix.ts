// The input of bench:download: the image of every URL, and the parquet file that lists the URLs.
import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Database } from "../src/sql/database.ts";
import { quoteText } from "../src/sql/text.ts";
import { laionSizes } from "./laion-sizes.ts";
import { unit } from "./seeded.ts";
import { originOf, type ServerKind } from "./server-behaviour.ts";
import { type Picture, sourcePictures } from "./source-pictures.ts";
import { BENCH_FOLDER } from "./surroundings.ts";

/** What is downloaded. */
export interface DownloadMix {
  /** Name of the source, for the report. */
  readonly source: string;
  /** The image of every row, in order. */
  readonly rows: readonly Picture[];
}

/** `corpus`: images as they are; `laion`: shrunk to LAION's spread of sizes. */
export type MixName = "corpus" | "laion";

/** Picks an image for every row, the same in every run. */
export async function downloadMix(mix: MixName, images: number, corpus: string | undefined): Promise<DownloadMix> {
  const source = await sourcePictures(corpus);
  const pictures = mix === "corpus" ? source.pictures : await laionSizes(source, images);
  // Every image equally often, in an order without a pattern.
  const order = pictures.map((picture, index) => ({ picture, place: unit("order", index) })).sort((a, b) => a.place - b.place);
  const rows = Array.from({ length: images }, (_, index) => order[index % order.length]?.picture).filter(
    (picture) => picture !== undefined,
  );
  return { source: source.name, rows };
}

/** Writes url, caption, width and height of every row; returns the file. */
export async function writeUrls(mix: DownloadMix, server: ServerKind, port: number): Promise<string> {
  const folder = join(BENCH_FOLDER, "runs");
  await mkdir(folder, { recursive: true });
  const [lines, file] = [join(folder, "urls.json"), join(folder, "urls.parquet")];
  const rows = mix.rows.map(({ width, height }, index) => ({
    url: `${originOf(server, index, port)}/${index}.jpg`,
    caption: `picture ${index} ${createHash("md5").update(String(index)).digest("hex")}`,
    width,
    height,
  }));
  await writeFile(lines, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  const database = await Database.open({ threads: 1, memoryLimitBytes: 1e9 });
  try {
    const columns = "{url: 'VARCHAR', caption: 'VARCHAR', width: 'INTEGER', height: 'INTEGER'}";
    await database.run(
      `COPY (SELECT * FROM read_json(${quoteText(lines)}, format = 'newline_delimited', columns = ${columns}))
       TO ${quoteText(file)} (FORMAT parquet, COMPRESSION snappy)`,
    );
  } finally {
    database.close();
  }
  return file;
}
