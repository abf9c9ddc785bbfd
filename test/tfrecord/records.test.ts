// TFRecord records and tf.train.Example, byte for byte as TensorFlow writes them.
import { open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeExample, encodeExample, type Feature } from "../../src/tfrecord/example.ts";
import { frameRecord, readRecords } from "../../src/tfrecord/records.ts";
import { withFolder } from "../support/parquet.ts";

async function recordsOf(path: string): Promise<Buffer[]> {
  const file = await open(path, "r");
  const records: Buffer[] = [];
  try {
    for await (const record of readRecords(file, path)) records.push(record);
  } finally {
    await file.close();
  }
  return records;
}

describe("a record", () => {
  it("is written between its length and two masked checksums", () => {
    // Computed with Python's struct and crc32c.
    expect(Buffer.concat(frameRecord(Buffer.from("0123456789"))).toString("hex")).toBe(
      `0a00000000000000aea3bf3a${Buffer.from("0123456789").toString("hex")}f03abfaf`,
    );
  });

  it("is read back, and any damaged byte is noticed", () =>
    withFolder(async (folder) => {
      const path = join(folder, "a.tfrecord");
      const records = ["first", "", "third"].map((text) => Buffer.from(text));
      const bytes = Buffer.concat(records.flatMap(frameRecord));
      await writeFile(path, bytes);
      expect(await recordsOf(path)).toEqual(records);
      for (let index = 0; index < bytes.length; index++) {
        const damaged = Buffer.from(bytes);
        damaged[index] = (bytes[index] ?? 0) ^ 0x10;
        await writeFile(path, damaged);
        await expect(recordsOf(path)).rejects.toThrow("is damaged");
      }
      for (const length of [1, 11, 12, 20, bytes.length - 1]) {
        await writeFile(path, bytes.subarray(0, length));
        await expect(recordsOf(path)).rejects.toThrow("ends in the middle of a record");
      }
    }));
});

describe("an Example", () => {
  it("has the bytes that Google's Protocol Buffers write", () => {
    const features = new Map<string, Feature>([
      ["t", { kind: "bytes", values: [Buffer.from("hi")] }],
      ["f", { kind: "float", values: [0.5] }],
      ["i", { kind: "int64", values: [300n, -1n] }],
    ]);
    // From Google's own Python package.
    const entries = ["0a0b0a017412060a040a026869", "0a0d0a0166120812060a040000003f", "0a150a016912101a0e0a0cac02ffffffffffffffffff01"];
    expect(encodeExample(features).toString("hex")).toBe(`0a33${entries.join("")}`);
  });

  it("is read back as it was written", () => {
    const feature = fc.oneof(
      fc.record({ kind: fc.constant("bytes" as const), values: fc.array(fc.uint8Array({ maxLength: 300 })) }),
      fc.record({ kind: fc.constant("float" as const), values: fc.array(fc.float()) }),
      fc.record({ kind: fc.constant("int64" as const), values: fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })) }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), feature)), (entries) => {
        const features = new Map<string, Feature>(entries);
        const decoded = [...decodeExample(encodeExample(features))].map(([name, { kind, values }]) => [
          name,
          { kind, values: [...values].map((value) => (value instanceof Uint8Array ? Uint8Array.from(value) : value)) },
        ]);
        expect(decoded).toEqual([...features]);
      }),
    );
  });

  it("is refused if its bytes are no message", () => {
    expect(() => decodeExample(Buffer.from("0aff", "hex"))).toThrow(RangeError);
    expect(() => decodeExample(Buffer.from("0a05", "hex"))).toThrow("ends in the middle");
    expect(() => decodeExample(Buffer.from("0b", "hex"))).toThrow("wire type 3");
  });
});
