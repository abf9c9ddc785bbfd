// The verdicts of the comparison: unintended differences fail, exceptions are narrow.
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { ExifComparison } from "../support/compare/exif-content.ts";
import { RUNS } from "../support/compare/job.ts";
import type { Entry, Output } from "../support/compare/outputs.ts";
import { median } from "../support/compare/pixels.ts";
import { judge } from "../support/compare/report.ts";
import { compareOutputs } from "../support/compare/samples.ts";
import type { Source } from "../support/compare/sources.ts";

const [run] = RUNS;
if (!run) throw new Error("no runs");
const row = {
  key: "000000000",
  url: "http://x/a",
  status: "success",
  error_message: null,
  width: 40,
  height: 30,
  exif: '{"Image Model":"X"}',
};
const failed = { ...row, status: "failed_to_resize", error_message: "Image decoding error" };
const picture = (red: number, width = 40) =>
  sharp({ create: { width, height: 30, channels: 3, background: { r: red, g: 90, b: 90 } } })
    .png()
    .toBuffer();
const output = (entry: Entry): Output => ({ columns: [{ name: "key", type: "VARCHAR" }], entries: new Map([["a", entry]]), strays: [] });
const stored = async (changes: object = {}, image?: Buffer): Promise<Entry> => {
  const fields = { ...row, ...changes };
  const members = { png: image ?? (await picture(90)), json: Buffer.from(JSON.stringify(fields)), txt: Buffer.from("") };
  return { row: fields, members: new Map(Object.entries(members)) };
};

async function found(kind: string, ours: Entry, peers: Entry) {
  const sources: Source[] = [{ name: "a", kind, answer: {} }];
  return judge(run as (typeof RUNS)[number], await compareOutputs(sources, output(ours), output(peers), new ExifComparison(), 24));
}

describe("a compared run", () => {
  it("has no differences for equal outputs", async () => {
    const { unexcused, excused, psnr } = await found("jpeg", await stored(), await stored());
    expect(unexcused).toEqual([]);
    expect(excused.size).toBe(0);
    expect(psnr).toEqual([Number.POSITIVE_INFINITY]);
  });

  it.each<[string, object]>([
    ["width", { width: 41 }],
    ["key", { key: "000000001" }],
    ["Image Model", { exif: '{"Image Model":"Y"}' }],
  ])("names a field that differs: %s", async (name, changes) => {
    const { unexcused } = await found("jpeg", await stored(changes), await stored());
    expect(unexcused.map(({ subject }) => subject)).toContain(name);
  });

  it("excuses other pixels of CMYK pictures only, and no other size", async () => {
    const red = await picture(255);
    expect((await found("jpeg", await stored({}, red), await stored())).unexcused).toMatchObject([{ aspect: "pixels" }]);
    const cmyk = await found("jpeg-cmyk", await stored({}, red), await stored());
    expect([cmyk.unexcused, [...cmyk.excused.keys()].map(({ name }) => name), cmyk.psnr]).toEqual([[], ["CMYK"], []]);
    const wide = await found("jpeg-cmyk", await stored({}, await picture(90, 41)), await stored());
    expect(wide.unexcused).toMatchObject([{ aspect: "shape", ours: "41x30x3", peers: "40x30x3" }]);
  });

  it("excuses a BMP that only the peer stored, but no JPEG", async () => {
    const missing: Entry = { row: failed, members: undefined };
    expect((await found("bmp", missing, await stored())).unexcused).toEqual([]);
    expect((await found("jpeg", missing, await stored())).unexcused).toMatchObject([{ aspect: "stored", subject: "only the peer's" }]);
    expect((await found("bmp", await stored(), missing)).unexcused).toMatchObject([{ aspect: "stored", subject: "only ours" }]);
  });

  it("counts a success without a sample as a difference", async () => {
    const hollow: Entry = { row, members: undefined };
    expect((await found("jpeg", hollow, await stored())).unexcused).not.toEqual([]);
  });
});

describe("EXIF", () => {
  it("is equal if a number always has the same word", () => {
    const exif = new ExifComparison();
    expect(exif.differences('{"a":"65535","b":"[1, 1/2]","c":"x "}', '{"a":"Uncalibrated","b":"[1, 1/2]","c":"x"}')).toEqual([]);
    expect(exif.differences('{"a":"0.5"}', '{"a":"1/2"}')).toHaveLength(1);
    expect(exif.differences('{"a":"65535"}', '{"a":"sRGB"}')).toEqual([{ tag: "a", ours: "65535", peers: "sRGB" }]);
    expect(exif.differences('{"a":"x"}', "{}")).toEqual([{ tag: "a", ours: "x", peers: undefined }]);
    expect(exif.differences(null, "{}")).toHaveLength(1);
  });
});

describe("a median", () => {
  it("is the middle value, also among infinities", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([1, 2, 3, 4])).toBe(2.5);
    expect(median([1, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 2, Number.POSITIVE_INFINITY])).toBe(Number.POSITIVE_INFINITY);
  });
});
