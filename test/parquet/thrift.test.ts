// Thrift's compact protocol: values are read as written, and broken bytes end in a clear error.
import { describe, expect, it } from "vitest";
import { ThriftError, ThriftReader, TruncatedThriftError, WIRE } from "../../src/parquet/thrift-reader.ts";
import { copyStruct, ThriftWriter } from "../../src/parquet/thrift-writer.ts";

/** A struct with a field of every wire type, some of them far apart. */
function everyType(): Uint8Array {
  const writer = new ThriftWriter();
  writer.struct(() => {
    writer.integer(1, WIRE.i64, -12);
    writer.field(2, WIRE.true);
    writer.field(3, WIRE.byte);
    writer.raw(Uint8Array.of(7));
    writer.field(4, WIRE.double);
    writer.raw(new Uint8Array(8));
    writer.text(5, "é".repeat(100));
    writer.list(40, WIRE.false, 16);
    writer.raw(new Uint8Array(16).fill(1));
    writer.field(41, WIRE.map);
    writer.raw(Uint8Array.of(1, (WIRE.binary << 4) | WIRE.i32, 1, 65, 6));
    writer.field(42, WIRE.map);
    writer.raw(Uint8Array.of(0));
    writer.field(43, WIRE.uuid);
    writer.raw(new Uint8Array(16));
    writer.field(44, WIRE.struct);
    writer.struct(() => writer.integer(3, WIRE.i16, 32_767));
    writer.integer(20, WIRE.i32, 5);
  });
  return new Uint8Array(writer.take());
}

describe("the compact protocol", () => {
  it("reads the integers that it writes, up to 2^52", () => {
    for (const value of [0, 1, -1, 63, 64, -64, -65, 2 ** 31, -(2 ** 31), 2 ** 32 + 1, 2 ** 52 - 1, -(2 ** 52) + 1]) {
      const writer = new ThriftWriter();
      writer.struct(() => writer.integer(9, WIRE.i64, value));
      const read: number[] = [];
      const reader = new ThriftReader(new Uint8Array(writer.take()));
      reader.eachField((id, type) => read.push(id, reader.integer(type)));
      expect(read).toEqual([9, value]);
    }
    expect(() => new ThriftWriter().integer(1, WIRE.i64, 2 ** 53)).toThrow(ThriftError);
    expect(() => new ThriftReader(new Uint8Array(10).fill(255)).integer(WIRE.i64)).toThrow("too large");
  });

  it("copies fields of every type byte for byte", () => {
    const bytes = everyType();
    const writer = new ThriftWriter();
    copyStruct(new ThriftReader(bytes), writer, () => false);
    expect(Buffer.from(writer.take()).equals(bytes)).toBe(true);
    const whole = new ThriftReader(bytes);
    expect(whole.raw(WIRE.struct)).toEqual(bytes);
    expect(whole.position).toBe(bytes.length);
  });

  it("calls every prefix of a value truncated", () => {
    const bytes = everyType();
    for (let length = 0; length < bytes.length; length++) {
      expect(() => new ThriftReader(bytes.subarray(0, length)).skip(WIRE.struct)).toThrow(TruncatedThriftError);
    }
  });

  it("throws its own error, and soon, for any bytes", () => {
    let state = 1;
    for (let round = 0; round < 20_000; round++) {
      const bytes = everyType();
      for (let change = 0; change < 4; change++) {
        state = (state * 48_271) % 2_147_483_647;
        bytes[state % bytes.length] = (state >> 8) & 255;
      }
      try {
        new ThriftReader(bytes).skip(WIRE.struct);
      } catch (error) {
        expect(error).toBeInstanceOf(ThriftError);
      }
    }
    expect(() => new ThriftReader(new Uint8Array(10_000).fill(0x1c)).skip(WIRE.struct)).toThrow("nested too deeply");
  });
});
