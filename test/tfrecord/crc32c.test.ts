// CRC-32C against the test vectors of RFC 3720, section B.4, and against its definition.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crc32c, maskedCrc32c } from "../../src/tfrecord/crc32c.ts";

/** The checksum bit by bit, as it is defined. */
function bitByBit(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}

describe("CRC-32C", () => {
  it.each([
    ["32 bytes of zeros", Buffer.alloc(32), 0x8a9136aa],
    ["32 bytes of ones", Buffer.alloc(32, 0xff), 0x62a8ab43],
    ["32 bytes counting up", Buffer.from(Array.from({ length: 32 }, (_, index) => index)), 0x46dd794e],
    ["32 bytes counting down", Buffer.from(Array.from({ length: 32 }, (_, index) => 31 - index)), 0x113fdb5c],
    [
      "an iSCSI SCSI Read (10) command",
      Buffer.from("01c000000000000000000000000000001400000000000400000000140000001828000000000000000200000000000000", "hex"),
      0xd9963a56,
    ],
    ["the digits 1 to 9", Buffer.from("123456789"), 0xe3069283],
    ["nothing", Buffer.alloc(0), 0],
  ])("agrees with RFC 3720 for %s", (_, bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected);
  });

  it("agrees with its definition for any bytes, in one piece or two", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), (bytes, cut) => {
        expect(crc32c(bytes)).toBe(bitByBit(bytes));
        expect(crc32c(bytes.subarray(cut), crc32c(bytes.subarray(0, cut)))).toBe(crc32c(bytes));
      }),
    );
  });

  it("is masked as TensorFlow masks it", () => {
    // The header of a record of 10 bytes: rotated right by 15 bits, plus 0xa282ead8. The value comes from Python's crc32c.
    expect(maskedCrc32c(Buffer.from("0a00000000000000", "hex"))).toBe(0x3abfa3ae);
  });
});
