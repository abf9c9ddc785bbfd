// Which failed pictures are decoded again alone, and when.
import { expect, test } from "vitest";
import { type Failure, failure } from "../../../src/core/outcome.ts";
import { decodeAgainAlone } from "../../../src/transform/decoder/decode-again-alone.ts";
import type { DecodeJob, DecodeResult } from "../../../src/transform/decoder/decoder-messages.ts";
import { options } from "../../support/transform/paint.ts";

const job: DecodeJob = {
  purpose: "store",
  header: { format: "jpeg", hasAlpha: false, isGrey: false, isProgressive: false },
  options: options(),
};
const sound: DecodeResult = { ok: true, image: Buffer.alloc(0), width: 1, height: 1, originalWidth: 1, originalHeight: 1 };

/** Resolves after everything that may begin has begun. */
const begun = () => new Promise((resolve) => setImmediate(resolve));

/** Decodes that the test ends, and the names of those under way. */
function scripted() {
  const inside: { readonly name: string; readonly end: (result: DecodeResult) => void }[] = [];
  const decode = decodeAgainAlone(
    (body) =>
      new Promise((resolve) => {
        const entry = {
          name: body.toString(),
          end: (result: DecodeResult) => {
            inside.splice(inside.indexOf(entry), 1);
            resolve(result);
          },
        };
        inside.push(entry);
      }),
  );
  return {
    names: () => inside.map(({ name }) => name),
    decode: (name: string) => decode(Buffer.from(name), job),
    /** Ends a decode, and lets all that follows from it begin. */
    end: async (name: string, result: DecodeResult | Failure) => {
      await begun();
      inside.find((entry) => entry.name === name)?.end("code" in result ? { ok: false, failure: result } : result);
      await begun();
    },
  };
}

test("a picture that fails is decoded again when all others have ended, before those that came later", async () => {
  const { names, decode, end } = scripted();
  const [failing, neighbour] = [decode("failing"), decode("neighbour")];
  await end("failing", failure("decode_failed", "another's words"));
  const later = decode("later");
  expect(names()).toEqual(["neighbour"]);
  await end("neighbour", sound);
  expect(names()).toEqual(["failing"]);
  await end("failing", failure("truncated", "its own"));
  expect(names()).toEqual(["later"]);
  await end("later", sound);
  expect(await Promise.all([failing, neighbour, later])).toEqual([{ ok: false, failure: failure("truncated", "its own") }, sound, sound]);
});

test("pictures that succeed, or fail before they are decoded, are decoded once", async () => {
  const { names, decode, end } = scripted();
  for (const result of [sound, failure("truncated"), failure("image_too_small"), failure("too_many_pixels", "9 x 9")]) {
    const decoding = decode("once");
    await begun();
    expect(names()).toEqual(["once"]);
    await end("once", result);
    expect([names(), await decoding]).toEqual([[], "code" in result ? { ok: false, failure: result } : result]);
  }
});

test("a picture that took long to fail is not tried again", async () => {
  let decodes = 0;
  const decode = decodeAgainAlone(() => {
    decodes += 1;
    return Promise.resolve({ ok: false, failure: failure("decode_timeout", "timeout: 10% complete") });
  });
  const impatient = { ...job, options: options({ decodeTimeoutMs: 0 }) };
  expect(await decode(Buffer.from("slow"), impatient)).toMatchObject({ failure: { code: "decode_timeout" } });
  expect(decodes).toBe(1);
});
