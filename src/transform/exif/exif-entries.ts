// Reads the entries of an EXIF block's directories, within limits for hostile blocks.

/** exifread's names of the directories. */
export type ExifDirectory = "Image" | "Thumbnail" | "EXIF" | "GPS" | "Interoperability";

/** One value, or list of values, of a directory. */
export interface ExifEntry {
  readonly directory: ExifDirectory;
  readonly tag: number;
  /** TIFF's number of the values' type, 1 to 10. */
  readonly type: number;
  readonly count: number;
  /** All `count` values; none if they are 1000 or more. For a text (type 2), what there is of it. */
  readonly bytes: Buffer;
  readonly isBigEndian: boolean;
}

/** TIFF's type of texts. This and the following types are not read as one integer. */
export const ASCII = 2;
/** Bytes that mean whatever the tag says. */
export const UNDEFINED = 7;
/** Two unsigned integers, a fraction. */
export const RATIO = 5;
/** Two signed integers, a fraction. */
export const SIGNED_RATIO = 10;
/** Bytes of a value by its type. */
export const BYTES_PER_VALUE = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8] as const;

const LONG = 4;
/** TIFF's later type for the offset of a directory: a LONG by another number. */
const OFFSET = 13;
/** Types of offsets: unsigned, as they should be, and signed, as some writers store them. */
const OFFSET_TYPES: ReadonlySet<number> = new Set([LONG, 9]);
const HEADER_BYTES = 8;
const ENTRY_BYTES = 12;
/** exifread drops a list of this many values. */
const TOO_MANY_VALUES = 1000;
const MAX_TEXT_BYTES = 2048;
const MAX_DIRECTORIES = 8;
/** XMP, maker notes and user comment, which exifread ignores when it is asked for no details. */
const IGNORED_TAGS: ReadonlySet<number> = new Set([0x02bc, 0x927c, 0x9286]);
/** Tags whose value is the offset of a further directory. */
const POINTERS: Readonly<Partial<Record<ExifDirectory, Readonly<Record<number, ExifDirectory>>>>> = {
  Image: { 34665: "EXIF", 34853: "GPS" },
  EXIF: { 40965: "Interoperability" },
};

/**
 * The entries that can be read. Leaves out directories that begin outside the block or overlap another, and entries that are
 * ignored, too long or outside. The bytes of all entries together are at most the block's. Throws a RangeError if the block is no
 * TIFF structure.
 */
export function* exifEntries(block: Buffer): Generator<ExifEntry> {
  const signature = block.toString("latin1", 0, 4);
  const isBigEndian = signature === "MM\0*";
  if ((!isBigEndian && signature !== "II*\0") || block.length < HEADER_BYTES) throw new RangeError("no TIFF structure");
  const short = (offset: number) => (isBigEndian ? block.readUInt16BE(offset) : block.readUInt16LE(offset));
  const long = (offset: number) => (isBigEndian ? block.readUInt32BE(offset) : block.readUInt32LE(offset));
  const seen: { readonly start: number; readonly end: number }[] = [];
  const waiting: { readonly directory: ExifDirectory; readonly start: number }[] = [{ directory: "Image", start: long(4) }];
  // Honest values do not overlap, so together they are no longer than the block.
  let budgetBytes = block.length;
  for (let next = waiting.shift(); next && seen.length < MAX_DIRECTORIES; next = waiting.shift()) {
    const { directory, start } = next;
    if (start < HEADER_BYTES || start + 2 > block.length) continue;
    const end = start + 2 + ENTRY_BYTES * short(start);
    if (seen.some((other) => start < other.end && other.start < end)) continue;
    seen.push({ start, end });
    for (let entry = start + 2; entry + ENTRY_BYTES <= Math.min(end, block.length); entry += ENTRY_BYTES) {
      const [tag, storedType, count] = [short(entry), short(entry + 2), long(entry + 4)];
      const type = storedType === OFFSET ? LONG : storedType;
      const sizeBytes = type !== ASCII && count >= TOO_MANY_VALUES ? 0 : (BYTES_PER_VALUE[type] ?? 0) * count;
      const isTooLong = (type === ASCII && sizeBytes > MAX_TEXT_BYTES) || sizeBytes > budgetBytes;
      if (!BYTES_PER_VALUE[type] || IGNORED_TAGS.has(tag) || isTooLong) continue;
      const from = sizeBytes <= 4 ? entry + 8 : long(entry + 8);
      const bytes = block.subarray(from, from + sizeBytes);
      if (bytes.length < sizeBytes && type !== ASCII) continue;
      budgetBytes -= sizeBytes;
      yield { directory, tag, type, count, bytes, isBigEndian };
      const target = POINTERS[directory]?.[tag];
      if (target && OFFSET_TYPES.has(type) && count === 1) waiting.push({ directory: target, start: long(entry + 8) });
    }
    // Behind the other directories there is often something else than the offset of a further one.
    if (directory === "Image" && end + 4 <= block.length) waiting.unshift({ directory: "Thumbnail", start: long(end) });
  }
}
