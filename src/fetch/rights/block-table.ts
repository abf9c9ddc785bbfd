// A set of fingerprints in one flat array: 17 bytes for each of millions of lines, no objects.

/** Bytes of a fingerprint. With 25 million entries and 2.3 billion rows of five look-ups each, one run in 10^11 has a false hit. */
export const FINGERPRINT_BYTES = 12;

const WORDS = FINGERPRINT_BYTES / 4;
const MAX_LOAD = 0.7;

/** A set of uniformly distributed 12-byte fingerprints, with open addressing and linear probing. */
export class BlockTable {
  /** The table's memory. All zeros is an empty table, and a copy is the same set. */
  readonly words: Uint32Array;
  readonly #slots: number;

  constructor(words: Uint32Array) {
    this.words = words;
    this.#slots = words.length / WORDS;
  }

  /** An empty table with room for this many entries. */
  static forEntries(entries: number): BlockTable {
    return new BlockTable(new Uint32Array(WORDS * BlockTable.#slotsFor(entries)));
  }

  static #slotsFor(entries: number): number {
    return Math.ceil((entries + 1) / MAX_LOAD);
  }

  /** Adds the first 12 bytes of a digest. Adding it twice changes nothing. */
  add(digest: Buffer): void {
    const at = this.#find(digest);
    this.words[at] = firstWord(digest);
    this.words[at + 1] = digest.readUInt32LE(4);
    this.words[at + 2] = digest.readUInt32LE(8);
  }

  /** Whether a digest's first 12 bytes were added. */
  has(digest: Buffer): boolean {
    return this.words[this.#find(digest)] !== 0;
  }

  // Where the fingerprint is, or where it would be.
  #find(digest: Buffer): number {
    const first = firstWord(digest);
    const second = digest.readUInt32LE(4);
    const third = digest.readUInt32LE(8);
    const { words } = this;
    for (let slot = Math.floor((first / 2 ** 32) * this.#slots); ; slot = slot + 1 === this.#slots ? 0 : slot + 1) {
      const at = WORDS * slot;
      if (words[at] === 0 || (words[at] === first && words[at + 1] === second && words[at + 2] === third)) return at;
    }
  }
}

// 0 marks an empty slot.
function firstWord(digest: Buffer): number {
  return digest.readUInt32LE(0) || 1;
}
