// Edits between scaling and encoding: boxes are blurred, pictures turned, and no box is stored.
import sharp from "sharp";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { blurBoxes } from "../../src/transform/blur-boxes.ts";
import type { Box } from "../../src/transform/boxes.ts";
import { orientationOf } from "../../src/transform/exif/orientation.ts";
import { probe } from "../../src/transform/formats/probe.ts";
import { settleSharp, transformImage } from "../../src/transform/transform-image.ts";
import type { TransformOptions } from "../../src/transform/transform-options.ts";
import { createTransformer, type Transformer } from "../../src/transform/transformer.ts";
import { options, paint } from "../support/transform/paint.ts";

const PNG: Partial<TransformOptions> = { encodeFormat: "png", encodeQuality: 1, resizeMode: "no" };
const FACE = [0.25, 0.25, 0.75, 0.75] as const;

let transformer: Transformer | undefined;
beforeAll(() => settleSharp());
afterEach(() => transformer?.close());

function start(changes: Partial<TransformOptions>): Transformer {
  transformer = createTransformer(options(changes), { environment: process.env, processes: 1, threadsPerProcess: 1 });
  return transformer;
}

/** Decoded and edited in this process. */
async function stored(body: Buffer, changes: Partial<TransformOptions>, boxes: readonly Box[] = []) {
  const probed = probe(body);
  if (probed.kind !== "image") throw new Error("the test's picture is not recognised");
  const { header } = probed;
  const orientation = changes.orient ? orientationOf(body, header) : 1;
  const result = await transformImage(body, { purpose: "store", header, options: options(changes), boxes, orientation });
  if (!result.ok) throw new Error(`${result.failure.code} ${result.failure.detail}`);
  return result;
}

/** Detail inside a part of a picture: the mean difference of neighbours in a row, 0 to 255. */
async function detail(image: Buffer, [left, top, right, bottom]: readonly [number, number, number, number]): Promise<number> {
  const { data, info } = await sharp(image).greyscale().raw().toBuffer({ resolveWithObject: true });
  let sum = 0;
  let count = 0;
  for (let y = Math.floor(top * info.height); y < Math.floor(bottom * info.height); y++) {
    for (let x = Math.floor(left * info.width) + 1; x < Math.floor(right * info.width); x++) {
      sum += Math.abs((data[y * info.width + x] ?? 0) - (data[y * info.width + x - 1] ?? 0));
      count += 1;
    }
  }
  return sum / count;
}

/** Black and white dots, which a blur makes grey. */
async function dots(width: number, height: number, grey = false): Promise<Buffer> {
  const data = Buffer.from(
    Array.from({ length: width * height * 3 }, (_, at) => ((Math.floor(at / 3) * 7919 + Math.floor(at / 3 / width) * 104_729) % 2) * 255),
  );
  const picture = sharp(data, { raw: { width, height, channels: 3 } });
  return await (grey ? picture.toColourspace("b-w") : picture).jpeg({ quality: 98 }).toBuffer();
}

describe("boxes", () => {
  it("are blurred beyond recognition and leave the rest as it is, to the byte", async () => {
    const body = await dots(240, 200);
    const plain = await stored(body, PNG);
    const blurred = await stored(body, PNG, [FACE]);
    expect(await detail(blurred.image, FACE)).toBeLessThan(0.05 * (await detail(plain.image, FACE)));
    const corner = { left: 0, top: 0, width: 20, height: 20 };
    const corners = [plain, blurred].map(({ image }) => sharp(image).extract(corner).raw().toBuffer());
    const [before, after] = await Promise.all(corners);
    expect(after).toEqual(before);
  });

  it("of very different sizes beside each other are all blurred completely, corners and thin ones too", async () => {
    const side = 512;
    const squares = Buffer.from(
      Array.from({ length: side * side * 3 }, (_, at) => {
        const [x, y] = [Math.floor(at / 3) % side, Math.floor(at / 3 / side)];
        return (((x >> 1) + (y >> 1)) & 1) * 255;
      }),
    );
    const areas = [
      [0, 0, 300, 300],
      [400, 400, 424, 424],
      [440, 40, 456, 56],
      [20, 360, 380, 364],
      [500, 300, 504, 480],
    ] as const;
    const boxes = areas.map(([left, top, right, bottom]): Box => [left / side, top / side, right / side, bottom / side]);
    const pixels = { data: Buffer.from(squares), width: side, height: side, channels: 3 } as const;
    await blurBoxes(pixels, boxes);
    for (const [left, top, right, bottom] of areas) {
      const seen = new Set<number>();
      for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) seen.add(pixels.data[(y * side + x) * 3] ?? 0);
      expect(Math.max(...seen) - Math.min(...seen), `${left},${top}`).toBeLessThanOrEqual(6);
    }
    const far = (picture: Buffer) => picture.subarray((511 * side + 100) * 3, (511 * side + 300) * 3);
    expect(far(pixels.data)).toEqual(far(squares));
  });

  it("are blurred by a tenth of the longest side, and become no brighter or darker", async () => {
    const side = 512;
    for (const box of [32, 64, 256]) {
      const step = Buffer.alloc(side * side * 3);
      for (let y = 0; y < side; y++) step.fill(250, (y * side + side / 2) * 3, (y + 1) * side * 3);
      const flat = Buffer.alloc(side * side * 3, 128);
      const [near, far] = [(side - box) / 2 / side, (side + box) / 2 / side];
      for (const data of [step, flat]) await blurBoxes({ data, width: side, height: side, channels: 3 }, [[near, near, far, far]]);
      expect(new Set(flat)).toEqual(new Set([128]));
      // A blurred step is at 16 and 84 % one standard deviation to its left and right.
      const row = Array.from({ length: side }, (_, x) => step[((side / 2) * side + x) * 3] ?? 0);
      const place = (value: number) => {
        const right = row.findIndex((found, x) => x > (side - box) / 2 && found >= value);
        return right - ((row[right] ?? 0) - value) / ((row[right] ?? 0) - (row[right - 1] ?? 0));
      };
      const sigma = (place(250 * 0.8413) - place(250 * 0.1587)) / 2;
      expect(Math.abs(sigma - box / 10), `${box}: ${sigma}`).toBeLessThan(0.03 * (box / 10));
    }
  });

  it("keep a picture from being stored as it came, in any resize mode, whether or not anything is resized", async () => {
    const body = await dots(160, 160);
    for (const resizeMode of ["no", "border", "keep_ratio", "keep_ratio_largest", "center_crop"] as const) {
      const changes = { resizeMode, resizeOnlyIfBigger: true, skipReencode: true };
      const untouched = await start({ ...changes, imageSize: 400 }).transform(body, [[...FACE]]);
      await transformer?.close();
      // A square: what the box covers is the same in every mode.
      const resized = await stored(body, { ...changes, imageSize: 128 }, [FACE]);
      expect(untouched).toMatchObject({ ok: true, isReencoded: true, width: 160, height: 160 });
      const plain = await detail(body, FACE);
      for (const result of [untouched, resized]) expect(await detail(result.ok ? result.image : body, FACE)).toBeLessThan(0.1 * plain);
    }
  });

  it("are blurred before padding and cropping, at their place in the whole picture", async () => {
    const body = await dots(300, 100);
    const cropped = await stored(body, { ...PNG, resizeMode: "center_crop", imageSize: 100 }, [[1 / 3, 0, 2 / 3, 1]]);
    expect(await detail(cropped.image, [0, 0, 1, 1])).toBeLessThan(5);
    const bordered = await stored(body, { ...PNG, resizeMode: "border", imageSize: 300 }, [[0, 0, 1, 1]]);
    expect(await detail(bordered.image, [0, 0.4, 1, 0.6])).toBeLessThan(5);
    expect((await sharp(bordered.image).raw().toBuffer())[0]).toBe(255);
  });

  it("at the picture's edges, of a single pixel, and in grey pictures are blurred too", async () => {
    const body = await dots(200, 200, true);
    const edges = [
      [0, 0, 0.2, 0.2],
      [0.8, 0.8, 1, 1],
      [0.5, 0.5, 0.501, 0.501],
    ] as const;
    const plain = await stored(body, PNG);
    const blurred = await stored(body, PNG, edges);
    expect((await sharp(blurred.image).metadata()).channels).toBe(1);
    for (const edge of edges.slice(0, 2)) expect(await detail(blurred.image, edge)).toBeLessThan(0.3 * (await detail(plain.image, edge)));
    const at = async (image: Buffer) =>
      (await sharp(image).extract({ left: 98, top: 98, width: 5, height: 5 }).raw().toBuffer()).toString("hex");
    expect(await at(blurred.image)).not.toBe(await at(plain.image));
  });

  it("that cannot be read, or may not be blurred, fail the sample", async () => {
    const body = await dots(50, 50);
    const running = start({ skipReencode: true, resizeMode: "no" });
    expect(await running.transform(body, [[1, 2, 3, 4]])).toMatchObject({
      ok: false,
      failure: { code: "bad_boxes", detail: "[1,2,3,4]" },
      sourceFormat: "jpeg",
    });
    expect(await running.transform(body, [])).toMatchObject({ ok: true, isReencoded: false });
    await running.close();
    expect(await start({ disableAllReencoding: true }).transform(body, [[...FACE]])).toMatchObject({
      ok: false,
      failure: { code: "bad_boxes" },
    });
  });
});

describe("an EXIF orientation", () => {
  it("is applied with --orient as sharp applies it, in every format that carries one", async () => {
    for (let orientation = 1; orientation <= 8; orientation++) {
      for (const format of ["jpeg", "png", "webp"] as const) {
        const body = await paint(60, 40)
          .withMetadata({ orientation })
          [format](format === "webp" ? { lossless: true } : {})
          .toBuffer();
        const result = await stored(body, { ...PNG, orient: true, skipReencode: true });
        const wanted = await sharp(body, { autoOrient: true }).raw().toBuffer({ resolveWithObject: true });
        expect([result.width, result.height, result.originalWidth, result.originalHeight]).toEqual([
          wanted.info.width,
          wanted.info.height,
          60,
          40,
        ]);
        expect(await sharp(result.image).raw().toBuffer(), `${orientation} ${format}`).toEqual(wanted.data);
      }
    }
  }, 30_000);

  it("decides which side is which before a crop, and an upright picture is stored as it came", async () => {
    const body = await paint(200, 100).withMetadata({ orientation: 6 }).jpeg().toBuffer();
    const changes = { orient: true, resizeMode: "keep_ratio", imageSize: 50, skipReencode: true, resizeOnlyIfBigger: true } as const;
    const running = start(changes);
    expect(await running.transform(body)).toMatchObject({ width: 50, height: 100, originalWidth: 200, isReencoded: true });
    expect(await running.transform(await paint(40, 30).withMetadata({ orientation: 1 }).jpeg().toBuffer())).toMatchObject({
      isReencoded: false,
    });
    expect(await running.transform(await paint(40, 30).withMetadata({ orientation: 8 }).jpeg().toBuffer())).toMatchObject({
      width: 30,
      isReencoded: true,
    });
  });

  it("is read whatever integer it is stored as, in either byte order", async () => {
    const picture = await paint(40, 30).jpeg().toBuffer();
    for (const type of [3, 4, 9]) {
      for (const isBigEndian of [false, true]) {
        const block = Buffer.alloc(26);
        block.write(isBigEndian ? "MM\0*" : "II*\0", 0, "latin1");
        const short = (value: number, at: number) => (isBigEndian ? block.writeUInt16BE(value, at) : block.writeUInt16LE(value, at));
        const long = (value: number, at: number) => (isBigEndian ? block.writeUInt32BE(value, at) : block.writeUInt32LE(value, at));
        long(8, 4);
        short(1, 8);
        short(0x0112, 10);
        short(type, 12);
        long(1, 14);
        if (type === 3) short(6, 18);
        else long(6, 18);
        const segment = Buffer.concat([Buffer.from([0xff, 0xe1, 0, 34]), Buffer.from("Exif\0\0", "latin1"), block]);
        const body = Buffer.concat([picture.subarray(0, 2), segment, picture.subarray(2)]);
        expect(await stored(body, { ...PNG, orient: true }), `${type} ${isBigEndian}`).toMatchObject({ width: 30, height: 40 });
      }
    }
  });

  it("turns the blur with the picture: boxes are those of the picture as it came", async () => {
    const body = await sharp(await dots(200, 100))
      .withMetadata({ orientation: 6 })
      .jpeg({ quality: 98 })
      .toBuffer();
    const { image } = await stored(body, { ...PNG, orient: true }, [[0, 0, 0.4, 1]]);
    // Turned clockwise, the left side is the top.
    expect(await detail(image, [0, 0, 1, 0.3])).toBeLessThan(5);
    expect(await detail(image, [0, 0.6, 1, 1])).toBeGreaterThan(30);
  });
});

describe("a picture that ends early", () => {
  it("is decoded as far as it goes if that is accepted, and stored whole", async () => {
    for (const isProgressive of [false, true]) {
      const body = await paint(200, 200).jpeg({ progressive: isProgressive }).toBuffer();
      const cut = body.subarray(0, Math.floor(body.length * 0.6));
      const result = await start({ resizeMode: "no", skipReencode: true, acceptTruncated: true }).transform(cut);
      await transformer?.close();
      expect(result).toMatchObject({ width: 200, height: 200, isReencoded: true });
      const image = result.ok ? result.image : cut;
      const probed = probe(image);
      const again =
        probed.kind === "image" && (await transformImage(image, { purpose: "verify", header: probed.header, options: options() }));
      expect(again).toMatchObject({ ok: true });
    }
  });

  it("is refused nevertheless if there is nothing to decode", async () => {
    const body = await paint(200, 200).png().toBuffer();
    expect(await start({ acceptTruncated: true }).transform(body.subarray(0, 30))).toMatchObject({ ok: false });
  });
});
