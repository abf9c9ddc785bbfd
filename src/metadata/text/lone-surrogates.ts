// Mends JSON strings that hold half a surrogate pair, as Python's json.dumps writes cut strings.
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { formatCount } from "../../core/units.ts";
import { unpackedBytes } from "./text-lines.ts";

/** A file to read in the place of another one. */
export interface MendedFile {
  /** The file itself where nothing was to be mended. */
  readonly path: string;
  /** Halves that became U+FFFD. */
  readonly halves: number;
}

/** One escape: a pair, one half of one, or anything else behind a backslash. */
const ESCAPE = /\\(?:u[dD][89abAB][0-9a-fA-F]{2}(\\u[dD][c-fC-F][0-9a-fA-F]{2})?|u[dD][c-fC-F][0-9a-fA-F]{2}|[\s\S]?)/g;
const HALF = /^\\u[dD]/;
const REPLACEMENT = "\\ufffd";
/** Characters of a pair. */
const LONGEST = 12;

/**
 * A JSON file without halves of surrogate pairs: itself, or a copy of it below `folder`, unpacked. DuckDB refuses a file for
 * one of them, which most other readers take. Reads the file once, and once more where it is copied. Throws InputError for a
 * broken gzip and system errors for a file that cannot be read, or copied.
 */
export async function withoutLoneSurrogates(path: string, folder: string): Promise<MendedFile> {
  let halves = 0;
  for await (const piece of mendedPieces(path)) halves += piece.halves;
  if (halves === 0) return { path, halves };
  // Folders above a file can hold values of its rows, and its name its data set.
  const copy = join(folder, "mended", dirname(path), basename(path).replace(/\.gz$/i, ""));
  await mkdir(dirname(copy), { recursive: true });
  const bytes = async function* () {
    for await (const { text } of mendedPieces(path)) yield Buffer.from(text, "latin1");
  };
  await pipeline(bytes, createWriteStream(copy));
  return { path: copy, halves };
}

/** What is said of a mended file. */
export function mendedNotice(path: string, halves: number): string {
  return halves === 1
    ? `${path}: one half of a surrogate pair, such as \\ud83d, became U+FFFD`
    : `${path}: ${formatCount(halves)} halves of surrogate pairs, such as \\ud83d, became U+FFFD`;
}

/** The text of a file, a byte a character, with its halves replaced. */
async function* mendedPieces(path: string): AsyncGenerator<{ readonly text: string; readonly halves: number }> {
  let rest = "";
  for await (const chunk of unpackedBytes(path)) {
    const text = rest + chunk.toString("latin1");
    const piece = mended(text, text.length - LONGEST);
    rest = text.slice(piece.end);
    yield piece;
  }
  yield mended(rest, rest.length);
}

/** Mends a text up to the first escape that begins behind `last`, or to its end. */
function mended(text: string, last: number): { readonly text: string; readonly halves: number; readonly end: number } {
  let halves = 0;
  let end = text.length;
  let result = "";
  let copied = 0;
  ESCAPE.lastIndex = 0;
  for (let match = ESCAPE.exec(text); match; match = ESCAPE.exec(text)) {
    if (match.index > last) {
      end = match.index;
      break;
    }
    if (match[1] !== undefined || !HALF.test(match[0])) continue;
    halves += 1;
    result += text.slice(copied, match.index) + REPLACEMENT;
    copied = match.index + match[0].length;
  }
  return { text: result + text.slice(copied, end), halves, end };
}
