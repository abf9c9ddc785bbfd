// The source images of bench:download: a corpus of photographs, or painted images without one.
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Painter } from "../src/demo/painter.ts";
import { unit } from "./seeded.ts";
import { BENCH_FOLDER, PACKAGE } from "./surroundings.ts";

/** One file; `kind` such as "jpeg-prog", `quality` is meant for JPEG. */
export interface Picture {
  readonly path: string;
  readonly kind: string;
  readonly width: number;
  readonly height: number;
  readonly quality: number;
}

/** Images and where they come from. */
export interface SourcePictures {
  /** The folder, or "painted", for the report. */
  readonly name: string;
  readonly pictures: readonly Picture[];
}

const PAINTED = 200;
// Log-normal widths, as measured on the web.
const [MEDIAN_WIDTH, SIGMA] = [720, 0.6];

/**
 * Images of the given folder, else of PREP_CORPUS, else of the default folder beside the repository. Painted images if that does not
 * exist, or for the word `painted`. Throws if a named folder has no manifest.tsv.
 */
export async function sourcePictures(given: string | undefined): Promise<SourcePictures> {
  const named = given ?? process.env["PREP_CORPUS"];
  if (named === "painted") return { name: named, pictures: await readManifest(await paint()) };
  const folder = named ?? join(PACKAGE, "..", "shared", "corpus");
  if (existsSync(join(folder, "manifest.tsv"))) return { name: folder, pictures: await readManifest(folder) };
  if (named !== undefined) throw new Error(`${folder} has no manifest.tsv`);
  console.log(`${folder} does not exist: painted images are used instead`);
  return { name: "painted", pictures: await readManifest(await paint()) };
}

async function readManifest(folder: string): Promise<Picture[]> {
  const lines = (await readFile(join(folder, "manifest.tsv"), "utf8")).trim().split("\n");
  return lines.map((line) => {
    const [name = "", kind = "", width, height, , quality] = line.split("\t");
    return { path: join(folder, name), kind, width: Number(width), height: Number(height), quality: Number(quality ?? 85) };
  });
}

/** Painted images, 90 % JPEG, 6 % PNG and 4 % WebP, made once. */
async function paint(): Promise<string> {
  const folder = join(BENCH_FOLDER, `painted-${PAINTED}`);
  if (existsSync(folder)) return folder;
  const unfinished = `${folder}.tmp`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  const painter = new Painter(1);
  const lines: string[] = [];
  for (let index = 0; index < PAINTED; index += 1) {
    const normal = Math.sqrt(-2 * Math.log(1 - unit("radius", index))) * Math.cos(2 * Math.PI * unit("angle", index));
    const width = Math.round(Math.min(3500, Math.max(120, MEDIAN_WIDTH * Math.exp(SIGMA * normal))));
    const height = Math.max(64, Math.round(width * (0.5 + 0.9 * unit("shape", index))));
    const chance = unit("format", index);
    const format = chance < 0.9 ? "jpg" : chance < 0.96 ? "png" : "webp";
    const name = `${String(index).padStart(6, "0")}.${format}`;
    const bytes = await painter.picture(width, height, format, index, name);
    await writeFile(join(unfinished, name), bytes);
    lines.push([name, format === "jpg" ? "jpeg" : format, width, height, bytes.length, 80].join("\t"));
  }
  await writeFile(join(unfinished, "manifest.tsv"), `${lines.join("\n")}\n`);
  await rename(unfinished, folder);
  return folder;
}
