// Takes the names of members from the bytes of a tar while a caller reads or hashes them.

/** Bytes of a block: headers begin and members end at multiples of it. */
export const BLOCK = 512;
/** Where a header has the size of its member, in 12 bytes. */
export const SIZE_AT = 124;
/** Where a header has its checksum, in 8 bytes. */
export const CHECKSUM_AT = 148;
const TYPE_AT = 156;
const MAGIC_AT = 257;
const PREFIX_AT = 345;

/** Follows a tar through its chunks, in order, and collects the names of its regular files. */
export class TarScan {
  readonly names: string[] = [];
  #header: Buffer = Buffer.alloc(0);
  /** Bytes of the current member, with padding, that are still to come. */
  #rest = 0;
  #zeroBlocks = 0;
  #fault: string | undefined;
  #position = 0;

  /** Takes the next bytes. */
  push(chunk: Buffer): void {
    let offset = 0;
    while (offset < chunk.length && this.#fault === undefined) {
      if (this.#rest > 0) {
        const skipped = Math.min(this.#rest, chunk.length - offset);
        this.#rest -= skipped;
        offset += skipped;
        continue;
      }
      const piece = chunk.subarray(offset, offset + BLOCK - this.#header.length);
      offset += piece.length;
      this.#header = this.#header.length === 0 && piece.length === BLOCK ? piece : Buffer.concat([this.#header, piece]);
      if (this.#header.length < BLOCK) break;
      this.#read(this.#header);
      this.#header = Buffer.alloc(0);
    }
    this.#position += chunk.length;
  }

  /** Says after the last chunk what is wrong with the tar; undefined if it is whole. */
  end(): string | undefined {
    if (this.#fault !== undefined) return this.#fault;
    if (this.#rest > 0 || this.#header.length > 0) return `it ends in the middle of a member, at byte ${this.#position}`;
    return this.#zeroBlocks >= 2 ? undefined : "it has no end mark";
  }

  #read(header: Buffer): void {
    if (header.every((byte) => byte === 0)) {
      this.#zeroBlocks += 1;
      return;
    }
    const member = readHeader(header);
    if (this.#zeroBlocks > 0 || !member) {
      this.#fault = `it has no valid header after ${this.names.at(-1) ?? "its start"}`;
      return;
    }
    this.#rest = Math.ceil(member.bytes / BLOCK) * BLOCK;
    if (member.isFile) this.names.push(member.name);
  }
}

/** The header of a member, which is the block before its bytes. */
export interface MemberHeader {
  readonly name: string;
  readonly bytes: number;
  readonly isFile: boolean;
}

/** Reads a block as the header of a member; undefined if its size or checksum is invalid. */
export function readHeader(block: Buffer): MemberHeader | undefined {
  const bytes = memberBytes(block);
  if (bytes === undefined || Number.parseInt(text(block, CHECKSUM_AT, 8).trim(), 8) !== checksumOf(block)) return undefined;
  const type = String.fromCharCode(block[TYPE_AT] ?? 0);
  return { name: memberName(block), bytes, isFile: type === "0" || type === "\0" };
}

function memberName(header: Buffer): string {
  const name = text(header, 0, 100);
  const prefix = header.toString("latin1", MAGIC_AT, MAGIC_AT + 6) === "ustar\0" ? text(header, PREFIX_AT, 155) : "";
  return prefix === "" ? name : `${prefix}/${name}`;
}

function memberBytes(header: Buffer): number | undefined {
  const digits = text(header, SIZE_AT, 12).trim();
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : undefined;
}

/** The sum of all bytes of a header, with the checksum's own bytes taken as blanks. */
export function checksumOf(header: Buffer): number {
  let sum = 8 * 32;
  for (let index = 0; index < BLOCK; index++) if (index < CHECKSUM_AT || index >= TYPE_AT) sum += header[index] ?? 0;
  return sum;
}

function text(header: Buffer, start: number, length: number): string {
  const end = header.indexOf(0, start);
  return header.toString("utf8", start, end < 0 || end > start + length ? start + length : end);
}
