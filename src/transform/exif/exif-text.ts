// Writes the values of an EXIF entry as the text that img2dataset's exifread has for them.
import { isUtf8 } from "node:buffer";
import { ASCII, BYTES_PER_VALUE, type ExifEntry, RATIO, SIGNED_RATIO, UNDEFINED } from "./exif-entries.ts";

// The lookups of exifread that nearly every photograph needs; other enumerations stay numbers.
const VALUE_NAMES: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  Orientation: {
    1: "Horizontal (normal)",
    2: "Mirrored horizontal",
    3: "Rotated 180",
    4: "Mirrored vertical",
    5: "Mirrored horizontal then rotated 90 CCW",
    6: "Rotated 90 CW",
    7: "Mirrored horizontal then rotated 90 CW",
    8: "Rotated 90 CCW",
  },
  ResolutionUnit: { 1: "Not Absolute", 2: "Pixels/Inch", 3: "Pixels/Centimeter" },
  YCbCrPositioning: { 1: "Centered", 2: "Co-sited" },
  ColorSpace: { 1: "sRGB", 2: "Adobe RGB", 65535: "Uncalibrated" },
};
const TEXT_TAGS: ReadonlySet<string> = new Set(["ExifVersion", "FlashPixVersion", "InteroperabilityVersion"]);
/** A list of more values than this is cut. */
const LONG_LIST = 50;
const SHOWN_VALUES = 20;

/** The text of an entry whose tag has this name. */
export function exifText(name: string, entry: ExifEntry): string {
  const { type, bytes, count } = entry;
  if (type === ASCII) return asciiText(bytes);
  if (TEXT_TAGS.has(name)) return beforeNul(bytes.toString("latin1"));
  if (type === UNDEFINED && count > 1) {
    const text = bytes.toString("utf8");
    if (/^[^\p{Cc}\ufffd]+\0*$/u.test(text)) return beforeNul(text);
  }
  const values = entryValues(entry);
  const [first = ""] = values;
  return count === 1 ? (VALUE_NAMES[name]?.[Number(first)] ?? first) : listText(values);
}

function entryValues({ type, bytes, isBigEndian }: ExifEntry): string[] {
  const step = BYTES_PER_VALUE[type] ?? 1;
  const isSigned = type === 6 || type >= 8;
  const integer = (at: number, length: number) => {
    if (isBigEndian) return isSigned ? bytes.readIntBE(at, length) : bytes.readUIntBE(at, length);
    return isSigned ? bytes.readIntLE(at, length) : bytes.readUIntLE(at, length);
  };
  const isRatio = type === RATIO || type === SIGNED_RATIO;
  return Array.from({ length: bytes.length / step }, (_, index) => {
    const at = index * step;
    return isRatio ? ratioText(integer(at, 4), integer(at + 4, 4)) : String(integer(at, step));
  });
}

/** The fraction in lowest terms, with its sign in front. A fraction by 0 is written as it is stored. */
function ratioText(numerator: number, denominator: number): string {
  if (denominator === 0) return `${numerator}/0`;
  let [divisor, rest] = [Math.abs(numerator), Math.abs(denominator)];
  while (rest !== 0) [divisor, rest] = [rest, divisor % rest];
  const over = Math.abs(denominator) / divisor;
  // Avoids -0.
  const above = numerator === 0 ? 0 : (numerator / divisor) * Math.sign(denominator);
  return over === 1 ? String(above) : `${above}/${over}`;
}

/** The text up to its first NUL. Bytes that are not UTF-8 are written as Python prints bytes. */
function asciiText(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  const text = end < 0 ? bytes : bytes.subarray(0, end);
  return isUtf8(text) ? text.toString("utf8").trim() : bytesText(text);
}

function bytesText(bytes: Buffer): string {
  const quote = bytes.includes("'") && !bytes.includes('"') ? '"' : "'";
  const shown = [...bytes].map((byte) => {
    const character = String.fromCharCode(byte);
    if (character === "\\" || character === quote) return `\\${character}`;
    const short = { 9: "\\t", 10: "\\n", 13: "\\r" }[byte];
    return short ?? (byte >= 0x20 && byte < 0x7f ? character : `\\x${byte.toString(16).padStart(2, "0")}`);
  });
  return `b${quote}${shown.join("")}${quote}`;
}

function beforeNul(text: string): string {
  return (text.split("\0", 1)[0] ?? "").trim();
}

/** A list as Python prints it, cut as exifread cuts it. */
function listText(values: readonly string[]): string {
  const shown = values.slice(0, values.length > LONG_LIST ? SHOWN_VALUES : LONG_LIST).join(", ");
  return values.length > LONG_LIST ? `[${shown}, ... ]` : `[${shown}]`;
}
