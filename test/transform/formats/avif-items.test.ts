// AVIF files that lack bytes of their items, and odd tables of items.
import { beforeAll, expect, test } from "vitest";
import { hasAllItems } from "../../../src/transform/formats/avif-items.ts";
import { reachesItsEnd } from "../../../src/transform/formats/image-formats.ts";
import { probe } from "../../../src/transform/formats/probe.ts";
import { settleSharp, transformImage } from "../../../src/transform/transform-image.ts";
import type { TransformOptions } from "../../../src/transform/transform-options.ts";
import { GRID_AVIF } from "../../support/transform/grid-avif.ts";
import { options, painted } from "../../support/transform/paint.ts";

beforeAll(() => settleSharp());

const headerOf = (body: Buffer) => {
  const probed = probe(body);
  if (probed.kind !== "image") throw new Error("the test's picture is not recognised");
  return probed.header;
};

const store = (body: Buffer, changes: Partial<TransformOptions> = {}) =>
  transformImage(body, { purpose: "store", header: headerOf(body), options: options({ imageSize: 64, ...changes }) });

test("an AVIF of tiles that ends in or before one of them is truncated, unless that is accepted", async () => {
  expect(await store(GRID_AVIF)).toMatchObject({ ok: true, originalWidth: 128, originalHeight: 128 });
  for (const length of [530, 570, 637, 672]) {
    const cut = GRID_AVIF.subarray(0, length);
    expect(await store(cut), `${length}`).toMatchObject({ ok: false, failure: { code: "truncated" }, originalWidth: 128 });
  }
  expect(await store(GRID_AVIF.subarray(0, 600), { acceptTruncated: true })).toMatchObject({ ok: true, width: 64, height: 64 });
});

test("the items of a whole AVIF are all there, whatever follows them", async () => {
  for (const [name, body] of Object.entries(await painted())) {
    if (!name.includes("avif")) continue;
    expect([hasAllItems(body), hasAllItems(Buffer.concat([body, Buffer.from("junk")]))], name).toEqual([true, true]);
    expect(hasAllItems(body.subarray(0, -1)), name).toBe(false);
  }
});

test("the first picture of a sequence is enough to decode it, but not to store it as it came", async () => {
  const sequence = Buffer.concat([GRID_AVIF, Buffer.from("\0\0\x01\0mdat", "latin1")]);
  sequence.write("avis", sequence.indexOf("MA1A"), "latin1");
  // The mdat box ends early, behind the last item.
  sequence.writeUInt32BE(0xa0 + 0x20, sequence.indexOf("mdat") - 4);
  expect([hasAllItems(sequence), reachesItsEnd(sequence, headerOf(sequence))]).toEqual([true, false]);
  expect(await store(sequence)).toMatchObject({ ok: true, originalWidth: 128 });
});

test("a box of data that states its length in 64 bits does not break off", () => {
  const start = GRID_AVIF.indexOf("mdat") - 4;
  const long = Buffer.concat([GRID_AVIF.subarray(0, start + 8), Buffer.alloc(8), GRID_AVIF.subarray(start + 8)]);
  long.writeBigUInt64BE(BigInt(long.length - start), start + 8);
  long.writeUInt32BE(1, start);
  for (let item = 0; item < 5; item += 1) {
    // A version, two bytes of sizes and a count; then an id, a reference and a count before each offset, and a length behind it.
    const offset = long.indexOf("iloc") + 12 + 14 * item + 6;
    long.writeUInt32BE(long.readUInt32BE(offset) + 8, offset);
  }
  expect([reachesItsEnd(long, headerOf(long)), hasAllItems(long), hasAllItems(long.subarray(0, -1))]).toEqual([true, true, false]);
});

test("locations that make no sense are left to the decoder, and cost no time", () => {
  const at = GRID_AVIF.indexOf("iloc") + 8;
  for (const edit of [
    // More items than there is room for; a size that no offset has; 65,535 extents of no bytes.
    (body: Buffer) => body.writeUInt16BE(0xffff, at + 2),
    (body: Buffer) => body.writeUInt8(0xff, at),
    (body: Buffer) => {
      body.writeUInt16BE(0, at);
      for (let item = 0; item < 5; item += 1) body.writeUInt16BE(0xffff, at + 8 + 6 * item);
    },
  ]) {
    const odd = Buffer.from(GRID_AVIF);
    edit(odd);
    expect(hasAllItems(odd)).toBe(true);
  }
});
