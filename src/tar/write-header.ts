// Writes the header of a member in ustar's format, with a fixed time, mode and owner.
import { BLOCK, CHECKSUM_AT, checksumOf, SIZE_AT } from "./scan-tar.ts";

/** A name that fits into a header without further fields. */
const NAME = /^\p{ASCII}{1,100}$/u;

/** The fields that all headers have in common. A number is octal and ends with a blank, as in the tars of older versions. */
const COMMON_FIELDS: readonly (readonly [at: number, text: string])[] = [
  // Mode, user, group and time.
  [100, "000444 "],
  [108, "000000 "],
  [116, "000000 "],
  [136, "00000000000 "],
  // A regular file, the format with its version, and no device.
  [156, "0"],
  [257, "ustar\x0000"],
  [329, "000000 "],
  [337, "000000 "],
];

const COMMON = Buffer.alloc(BLOCK);
for (const [at, text] of COMMON_FIELDS) COMMON.write(text, at, "latin1");

/**
 * Writes the header of a member with this many bytes, fewer than 8 GiB, into a block. Throws unless the name has 1 to 100 ASCII
 * characters.
 */
export function writeHeader(block: Buffer, name: string, bytes: number): void {
  if (!NAME.test(name)) throw new Error(`a name in a tar has 1 to 100 ASCII characters: ${name}`);
  COMMON.copy(block);
  block.write(name, 0, "latin1");
  block.write(octal(bytes, 11), SIZE_AT, "latin1");
  block.write(octal(checksumOf(block), 6), CHECKSUM_AT, "latin1");
}

function octal(value: number, digits: number): string {
  return `${value.toString(8).padStart(digits, "0")} `;
}
