// Bodies of responses: the limit, the lengths, the encodings, and the account of bytes.
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { Budget } from "../../src/core/budget.ts";
import { BodyReader } from "../../src/fetch/body.ts";
import { BodyGrowth } from "../../src/fetch/body-growth.ts";
import { FailureError } from "../../src/fetch/failure-error.ts";
import type { ResponseHeaders } from "../../src/fetch/rights/opt-out-headers.ts";

const signal = new AbortController().signal;

async function read(headers: ResponseHeaders, chunks: readonly Buffer[], maxBytes = 1000) {
  const bytes = new Budget(10_000);
  let reader: BodyReader | undefined;
  try {
    reader = new BodyReader(headers, { maxBytes, bytes, growth: new BodyGrowth(bytes) });
    await reader.open(signal);
    for (const chunk of chunks) await reader.add(chunk);
    const body = await reader.finish();
    const used = bytes.used;
    reader.release();
    reader.release();
    return { body: body.toString(), used, after: bytes.used };
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    reader?.release();
    return { code: error.failure.code, after: bytes.used };
  }
}

const text = Buffer.from("x".repeat(500));

describe("BodyReader", () => {
  it("joins the pieces and accounts for them until they are released, with and without a length", async () => {
    const pieces = [Buffer.from("ab"), Buffer.from("c")];
    expect(await read({ "content-length": "3" }, pieces)).toEqual({ body: "abc", used: 3, after: 0 });
    expect(await read({}, pieces)).toEqual({ body: "abc", used: 3, after: 0 });
  });

  it.each<[string, ResponseHeaders, readonly Buffer[], string]>([
    ["an announced length over the cap", { "content-length": "1001" }, [], "too_large"],
    ["more bytes than the cap", {}, [Buffer.alloc(600), Buffer.alloc(401)], "too_large"],
    ["an announced length of 0", { "content-length": "0" }, [], "empty_body"],
    ["no bytes", {}, [], "empty_body"],
    ["fewer bytes than announced", { "content-length": "5" }, [Buffer.from("abc")], "connection_reset"],
    ["two layers", { "content-encoding": "gzip, gzip" }, [gzipSync(gzipSync(text))], "bad_encoding"],
    ["two headers", { "content-encoding": ["gzip", "br"] }, [], "bad_encoding"],
    ["an encoding that is not undone", { "content-encoding": "zstd" }, [text], "bad_encoding"],
    ["broken compression", { "content-encoding": "gzip" }, [gzipSync(text).fill(255, 10)], "bad_encoding"],
    ["cut compression", { "content-encoding": "gzip" }, [gzipSync(text).subarray(0, 20)], "bad_encoding"],
    ["a bomb", { "content-encoding": "gzip" }, [gzipSync(Buffer.alloc(100_000))], "bad_encoding"],
    ["a brotli bomb", { "content-encoding": "br" }, [brotliCompressSync(Buffer.alloc(100_000))], "bad_encoding"],
    ["compressed nothing", { "content-encoding": "gzip" }, [gzipSync("")], "empty_body"],
  ])("refuses %s and returns its bytes to the budget", async (_, headers, chunks, code) => {
    expect(await read(headers, chunks)).toEqual({ code, after: 0 });
  });

  it.each<[string, Buffer]>([
    ["gzip", gzipSync(text)],
    ["X-GZIP", gzipSync(text)],
    ["br", brotliCompressSync(text)],
    ["deflate", deflateSync(text)],
    ["deflate", deflateRawSync(text)],
    ["identity, gzip", gzipSync(text)],
    ["gzip,aws-chunked", gzipSync(text)],
    ["identity", text],
  ])("decodes one layer of %s and accounts for the result", async (encoding, body) => {
    const headers = { "content-encoding": encoding, "content-length": String(body.length) };
    expect(await read(headers, [body])).toEqual({ body: text.toString(), used: 500, after: 0 });
  });

  it.each(["utf-8", "aws-chunked", "none", "binary", "constructor", "", "gzip", "x-gzip", "aws-chunked, gzip"])(
    "keeps a body as it came if the coding %j is unknown or nothing is compressed",
    async (encoding) => {
      expect(await read({ "content-encoding": encoding }, [text])).toEqual({ body: text.toString(), used: 500, after: 0 });
    },
  );

  it("waits until its length is free, and returns what it gets after it was given up", async () => {
    const bytes = new Budget(100);
    await bytes.reserve(50);
    const reader = new BodyReader({ "content-length": "60" }, { maxBytes: 100, bytes, growth: new BodyGrowth(bytes) });
    const opening = reader.open(signal);
    expect(opening).toBeInstanceOf(Promise);
    reader.release();
    bytes.release(50);
    await opening;
    expect(bytes.used).toBe(0);
  });
});
