// Replaces lone surrogates in JSON, as Python's json.dumps writes for cut strings.
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { formatCount } from "../../core/units.ts";
import { isGzipName } from "../formats.ts";
import { unpackedBytes } from "./lines.ts";

/** The file to read instead of the original. */
export interface MendedFile {
  /** The original itself if it has no lone surrogate. */
  readonly path: string;
  /** Lone surrogates that were replaced by U+FFFD. */
  readonly halves: number;
}

/** One escape: a surrogate pair, a lone surrogate, or anything else after a backslash. */
const ESCAPE = /\\(?:u[dD][89abAB][0-9a-fA-F]{2}(\\u[dD][c-fC-F][0-9a-fA-F]{2})?|u[dD][c-fC-F][0-9a-fA-F]{2}|[\s\S]?)/g;
const HALF = /^\\u[dD]/;
const REPLACEMENT = "\\ufffd";
/** Characters of an escaped pair. */
const LONGEST = 12;

/**
 * A JSON file without lone surrogates: the file itself, or an unpacked copy below `folder`. DuckDB refuses a file with one,
 * although most other readers accept it. Reads the file once, and once more to copy it. Throws InputError for a broken gzip,
 * and system errors if the file cannot be read or copied.
 */
export async function withoutLoneSurrogates(path: string, folder: string): Promise<MendedFile> {
  let halves = 0;
  for await (const piece of mendedPieces(path)) halves += piece.halves;
  if (halves === 0) return { path, halves };
  // The copy keeps the original path, because folders can hold values of rows and the name can tell the data set.
  const name = isGzipName(path) ? basename(path).slice(0, -".gz".length) : basename(path);
  const copy = join(folder, "mended", dirname(path), name);
  await mkdir(dirname(copy), { recursive: true });
  const bytes = async function* () {
    for await (const { text } of mendedPieces(path)) yield Buffer.from(text, "latin1");
  };
  await pipeline(bytes, createWriteStream(copy));
  return { path: copy, halves };
}

/** The notice about a file with replaced surrogates. */
export function mendedNotice(path: string, halves: number): string {
  return halves === 1
    ? `${path}: one lone surrogate, such as \\ud83d, was replaced by U+FFFD`
    : `${path}: ${formatCount(halves)} lone surrogates, such as \\ud83d, were replaced by U+FFFD`;
}

/** The text of a file, one character a byte, with lone surrogates replaced. */
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

/** Mends a text up to the first escape that begins after `last`, or to its end. */
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
