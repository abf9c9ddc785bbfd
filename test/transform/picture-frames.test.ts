// Frames between two processes: whatever pieces the pipe hands over, each message arrives once, whole, with its picture.
import { randomBytes } from "node:crypto";
import { PassThrough } from "node:stream";
import fc from "fast-check";
import { expect, test } from "vitest";
import { FrameReader, writeFrame } from "../../src/transform/picture-frames.ts";

interface Frame {
  readonly message: unknown;
  readonly picture: Buffer;
}

function written(frames: readonly Frame[]): Buffer {
  const pipe = new PassThrough({ highWaterMark: 2 ** 24 });
  for (const { message, picture } of frames) writeFrame(pipe, message, picture);
  return (pipe.read() as Buffer | null) ?? Buffer.alloc(0);
}

/** Reads bytes in pieces of these lengths, over and over; lent ones are overwritten as soon as they are read. */
function read(bytes: Buffer, lengths: readonly number[], isLent: boolean): Frame[] {
  const found: Frame[] = [];
  const reader = new FrameReader((message, picture) => found.push({ message, picture }));
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const piece = Buffer.from(bytes.subarray(at, at + (lengths[turn % lengths.length] ?? 1)));
    reader.add(piece, isLent);
    if (isLent) piece.fill(255);
    at += piece.length;
  }
  return found;
}

test("frames come out as they went in, however they are cut and whether or not the pieces' memory is used again", () => {
  const frame = fc.record({
    message: fc.record({ id: fc.nat(), limit: fc.constant(Number.POSITIVE_INFINITY), note: fc.option(fc.string(), { nil: undefined }) }),
    picture: fc.nat({ max: 3000 }).map((length) => randomBytes(length)),
  });
  const lengths = fc.array(fc.integer({ min: 1, max: 2000 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 8 }), lengths, fc.boolean(), (frames, sizes, isLent) => {
      expect(read(written(frames), sizes, isLent)).toEqual(frames);
    }),
  );
});

test("a large picture is read into memory of its own", () => {
  const picture = randomBytes(5_000_000);
  const [frame] = read(written([{ message: { id: 1 }, picture }]), [65_536], true);
  expect(frame?.picture.equals(picture)).toBe(true);
});
