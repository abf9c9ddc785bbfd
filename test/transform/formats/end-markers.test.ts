// Whether pictures reach their end marker, whole and cut.
import { expect, test } from "vitest";
import { reachesItsEnd } from "../../../src/transform/formats/image-formats.ts";
import { probe } from "../../../src/transform/formats/probe.ts";
import { painted } from "../../support/transform/paint.ts";

const isWhole = (body: Buffer) => {
  const probed = probe(body);
  return probed.kind === "image" && reachesItsEnd(body, probed.header);
};

test("a whole picture of each format reaches its end, with zeros behind it too", async () => {
  for (const [name, body] of Object.entries(await painted())) {
    expect(isWhole(body), name).toBe(true);
    expect(isWhole(Buffer.concat([body, Buffer.alloc(3)])), name).toBe(true);
  }
});

test("a picture whose last bytes are missing does not reach its end, wherever it is cut", async () => {
  for (const [name, body] of Object.entries(await painted())) {
    for (const share of [0.3, 0.5, 0.9]) expect(isWhole(body.subarray(0, Math.floor(body.length * share))), name).toBe(false);
    expect(isWhole(body.subarray(0, body.length - 1)), name).toBe(false);
  }
});

test("a WebP whose container ends before its picture does not reach its end", async () => {
  for (const name of ["webp", "lossless webp", "transparent webp"]) {
    const body = (await painted())[name] ?? Buffer.alloc(0);
    for (const length of [0, 4, body.length - 20]) {
      const short = Buffer.from(body);
      short.writeUInt32LE(length, 4);
      expect(isWhole(short), `${name} ${length}`).toBe(false);
    }
  }
});

test("the end marker of an embedded thumbnail is not the picture's", async () => {
  const body = (await painted())["jpeg"] ?? Buffer.alloc(0);
  const thumbnail = Buffer.from([0xff, 0xe1, 0x00, 0x06, 0xff, 0xd8, 0xff, 0xd9]);
  const whole = Buffer.concat([body.subarray(0, 2), thumbnail, body.subarray(2)]);
  expect(isWhole(whole)).toBe(true);
  expect(isWhole(whole.subarray(0, whole.length - 2))).toBe(false);
});
