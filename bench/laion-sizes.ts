// Shrinks images until their shorter sides are spread as in LAION, for bench:download.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import sharp, { type Sharp } from "sharp";
import { unit } from "./seeded.ts";
import type { Picture, SourcePictures } from "./source-pictures.ts";
import { BENCH_FOLDER } from "./surroundings.ts";

/** Share of the images whose shorter side lies in [from, to): >= 256 for 57 %, >= 512 for 21 %, >= 1024 for 3.3 %. */
const BANDS = [
  { share: 0.43, from: 96, to: 256 },
  { share: 0.36, from: 256, to: 512 },
  { share: 0.177, from: 512, to: 1024 },
  { share: 0.033, from: 1024, to: 1600 },
] as const;
/** Distinct images; a bench with more rows serves each more than once. */
const MOST_DISTINCT = 2000;
const MAKER = 1;

/** Images of LAION's sizes; made once for each source and count, at most 2,000. */
export async function laionSizes(source: SourcePictures, images: number): Promise<Picture[]> {
  const count = Math.min(images, MOST_DISTINCT);
  const id = createHash("sha256").update(`${source.name} ${source.pictures.length}`).digest("hex").slice(0, 8);
  const folder = join(BENCH_FOLDER, `laion-sizes-v${MAKER}-${id}-${count}`);
  const plan = join(folder, "pictures.json");
  if (!existsSync(folder)) {
    console.log(`resizing ${count} pictures into ${folder} (once)`);
    await rm(`${folder}.tmp`, { recursive: true, force: true });
    await mkdir(`${folder}.tmp`, { recursive: true });
    const pictures = await inPairs(count, (index) => makePicture(source.pictures, index, folder));
    await writeFile(join(`${folder}.tmp`, "pictures.json"), JSON.stringify(pictures));
    await rename(`${folder}.tmp`, folder);
  }
  return JSON.parse(await readFile(plan, "utf8")) as Picture[];
}

async function makePicture(sources: readonly Picture[], index: number, folder: string): Promise<Picture> {
  const picked = sources[Math.floor(unit("source", index) * sources.length)];
  if (!picked) throw new Error("there is no picture to start from");
  const target = shorterSide(index);
  // HTML called .jpg stays as it is; an image that is too small gives its kind to a larger one.
  const isPicture = picked.kind !== "html";
  const large = sources.filter(({ kind, width, height }) => kind !== "html" && Math.min(width, height) >= target);
  const alike = large.filter(({ kind }) => kind === picked.kind);
  const pool = alike.length > 0 ? alike : large;
  const from = isPicture ? (pool[Math.floor(unit("content", index) * pool.length)] ?? picked) : picked;
  const name = `${String(index).padStart(6, "0")}-${basename(from.path)}`;
  const written = { path: join(folder, name), kind: from.kind, quality: from.quality };
  const body = await readFile(from.path);
  if (!isPicture) {
    await writeFile(join(`${folder}.tmp`, name), body);
    return { ...written, width: from.width, height: from.height };
  }
  const scale = Math.min(1, target / Math.min(from.width, from.height));
  const [width, height] = [Math.max(1, Math.round(from.width * scale)), Math.max(1, Math.round(from.height * scale))];
  await writeFile(join(`${folder}.tmp`, name), await sameKind(sharp(body).resize(width, height, { fit: "fill" }), from).toBuffer());
  return { ...written, width, height };
}

/** A shorter side, log-uniform within its band. */
function shorterSide(index: number): number {
  let chance = unit("band", index);
  const band = BANDS.find(({ share }) => {
    chance -= share;
    return chance < 0;
  });
  const { from, to } = band ?? BANDS[0];
  return Math.floor(from * (to / from) ** unit("side", index));
}

/** Ends a pipeline in the container, colours and scan order of the source. */
function sameKind(pipeline: Sharp, { kind, quality }: Picture): Sharp {
  if (kind.startsWith("png")) return pipeline.png({ palette: kind === "png-pal" });
  if (kind.startsWith("webp")) return pipeline.webp({ quality });
  if (kind.startsWith("gif")) return pipeline.gif();
  if (kind.startsWith("avif")) return pipeline.avif({ quality: 60, effort: 2 });
  const coloured = kind === "jpeg-gray" ? pipeline.toColourspace("b-w") : kind === "jpeg-cmyk" ? pipeline.toColourspace("cmyk") : pipeline;
  return coloured.keepMetadata().jpeg({ quality, progressive: kind === "jpeg-prog", chromaSubsampling: quality > 90 ? "4:4:4" : "4:2:0" });
}

async function inPairs<T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < count; index = next++) results[index] = await work(index);
  };
  await Promise.all([worker(), worker()]);
  return results;
}
