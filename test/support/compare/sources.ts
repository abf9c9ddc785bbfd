// The rows of the comparison: real and generated pictures, errors, and the list of their URLs.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { quoteText } from "../../../src/sql/text.ts";
import { corpusFiles, corpusFolder } from "../corpus.ts";
import type { Step } from "../fetch/scripted-server.ts";
import { writeParquet } from "../parquet.ts";
import { FACTORS } from "./job.ts";

/** One input row. */
export interface Source {
  /** The last part of its URL. */
  readonly name: string;
  /** Used by exceptions: the kind in the corpus, such as `jpeg-cmyk`, or of a generated picture, such as `bmp`. */
  readonly kind: string;
  readonly answer: Step;
}

const CAPTIONS = ["a plain caption", "Ünïcode „quoted“ 猫 🐈", "", null, 'a "quote", a comma\tand a tab', "two\nlines"];

/** All rows: the corpus, then cases that it lacks. Throws if there is no corpus. */
export async function sources(): Promise<Source[]> {
  const folder = corpusFolder();
  if (folder === undefined) throw new Error("no corpus: name a folder with a manifest.tsv with PREP_CORPUS");
  const real = corpusFiles(folder).map(({ name, kind }) => ({ name, kind, answer: { body: readFileSync(join(folder, name)) } }));
  return [...real, ...(await made()), ...FAULTS];
}

/** Writes the list that both tools read, with awkward captions and columns. */
export async function writeList(path: string, rows: readonly Source[], origin: string): Promise<void> {
  const values = rows.map(({ name }, index) => {
    const caption = CAPTIONS[index % CAPTIONS.length] ?? null;
    const similarity = index % 7 === 0 ? "NULL" : `${index} / 7.0::DOUBLE`;
    const license = index % 5 === 0 ? "NULL" : "'?'";
    return `(${quoteText(`${origin}/${name}`)}, ${caption === null ? "NULL" : quoteText(caption)}, ${similarity}, ${-(2n ** 62n) + BigInt(index)}::BIGINT, ${license})`;
  });
  await writeParquet(
    path,
    `SELECT "URL", "TEXT"::VARCHAR AS "TEXT", similarity::DOUBLE AS similarity, hash, "LICENSE"::VARCHAR AS "LICENSE"
     FROM (VALUES ${values.join(", ")}) t("URL", "TEXT", similarity, hash, "LICENSE")`,
  );
}

/** Answers that are no picture. */
const FAULTS: readonly Source[] = [
  ...[400, 401, 403, 404, 410, 418, 429, 500, 503].map((status) => ({
    name: `status-${status}`,
    kind: "http-status",
    answer: { status, body: "<html>no picture here</html>" },
  })),
  { name: "opted-out.jpg", kind: "opted-out", answer: { headers: { "X-Robots-Tag": "noai" }, body: "never read" } },
  { name: "empty.jpg", kind: "empty", answer: { body: "" } },
  { name: "text.jpg", kind: "html", answer: { body: "not a picture at all" } },
  { name: "loop.jpg", kind: "redirect-loop", answer: { redirect: "/loop.jpg" } },
  { name: "cut.jpg", kind: "cut", answer: { body: Buffer.alloc(5000, 1), cutAfterBytes: 2000 } },
];

async function made(): Promise<Source[]> {
  const pixels = smooth(600, 450);
  const picture = () => sharp(pixels, { raw: { width: 600, height: 450, channels: 3 } });
  const [baseline, progressive, png, webp, tiff] = await Promise.all([
    picture().jpeg({ quality: 90 }).toBuffer(),
    picture().jpeg({ quality: 90, progressive: true }).toBuffer(),
    picture().png().toBuffer(),
    picture().webp().toBuffer(),
    picture().tiff().toBuffer(),
  ]);
  const cut = (body: Buffer, share = 0.6) => ({ body: body.subarray(0, Math.floor(body.length * share)) });
  const whole = [
    { name: "made.bmp", kind: "bmp", answer: { body: bmp(pixels, 600, 450) } },
    { name: "made.tiff", kind: "tiff", answer: { body: tiff } },
    { name: "truncated-baseline.jpg", kind: "truncated", answer: cut(baseline) },
    { name: "truncated-late.jpg", kind: "truncated", answer: cut(baseline, 0.99) },
    { name: "without-end-marker.jpg", kind: "truncated", answer: { body: baseline.subarray(0, -2) } },
    { name: "truncated-progressive.jpg", kind: "truncated", answer: cut(progressive) },
    { name: "truncated.png", kind: "truncated", answer: cut(png) },
    { name: "truncated.webp", kind: "truncated", answer: cut(webp) },
  ];
  const shapes = sizesOnTheEdge().map(async ([width, height]) => {
    const body = await sharp(smooth(width, height), { raw: { width, height, channels: 3 } })
      .jpeg({ quality: 95 })
      .toBuffer();
    return { name: `shape-${width}x${height}.jpg`, kind: "shape", answer: { body } };
  });
  return [...whole, ...(await Promise.all(shapes))];
}

/** Odd sizes: scaled sides that end in .5, so that rounding shows; exact target sizes; tiny and very thin ones. */
function sizesOnTheEdge(): [number, number][] {
  const around = FACTORS.size.flatMap((size): [number, number][] => [
    [size, size],
    [size + 1, size],
    [size, size - 1],
    [2 * size, size + 85],
    [2 * size, size + 87],
    [size + 85, 2 * size],
    [4 * size, size + 170],
    [size + 170, 4 * size],
  ]);
  const thin: [number, number][] = [
    [1, 1],
    [3, 2],
    [1, 40],
    [2000, 1],
    [1, 2000],
    [1500, 7],
  ];
  const all = [...around, ...thin];
  return all.filter(([width, height], index) => all.findIndex(([other, tall]) => other === width && tall === height) === index);
}

/** Three channels of slow waves, which all resampling filters treat nearly alike. */
function smooth(width: number, height: number): Buffer {
  const data = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const place = (y * width + x) * 3;
      data[place] = 128 + 100 * Math.sin(x / 37 + y / 91);
      data[place + 1] = 128 + 100 * Math.sin(x / 53 - y / 29);
      data[place + 2] = 128 + 100 * Math.cos(x / 71 + y / 43);
    }
  }
  return data;
}

/** An uncompressed 24-bit BMP with its rows bottom-up; sharp cannot write BMP. */
function bmp(pixels: Buffer, width: number, height: number): Buffer {
  const stride = Math.ceil((width * 3) / 4) * 4;
  const file = Buffer.alloc(54 + stride * height);
  file.write("BM", "latin1");
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(54, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(height, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  file.writeUInt32LE(stride * height, 34);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const from = (y * width + x) * 3;
      const to = 54 + (height - 1 - y) * stride + x * 3;
      file[to] = pixels[from + 2] ?? 0;
      file[to + 1] = pixels[from + 1] ?? 0;
      file[to + 2] = pixels[from] ?? 0;
    }
  }
  return file;
}
