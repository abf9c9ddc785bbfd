// Reads the lines of a text file of any size, gzipped or not, and counts skipped lines.
import { isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline, type Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { InputError } from "../../core/errors.ts";
import { shellWord } from "../../core/shell-word.ts";

/** A longer line is reported and skipped. */
export const MAX_LINE_BYTES = 16 * 2 ** 20;

/** The reason given for a skipped line that is not UTF-8. */
export const NOT_UTF8 = "not UTF-8";

const CHUNK_BYTES = 2 ** 20;
const NEWLINE = 0x0a;

/** Consecutive lines without their line feeds. A line that cannot be read is undefined; `onBad` was told why. */
export interface LineBatch {
  /** Number of the first line; a file starts with line 1. */
  readonly firstLine: number;
  readonly lines: readonly (string | undefined)[];
}

/** Receives the number of a skipped line and the reason. */
export type OnBadLine = (line: number, reason: string) => void;

/** The lines of a text file in order. Its first bytes tell whether it is gzipped. Throws InputError for a file that is not text. */
export async function* textLines(path: string, onBad: OnBadLine): AsyncGenerator<LineBatch> {
  const decoder = new LineDecoder(onBad);
  for await (const chunk of textBytes(path)) {
    const batch = decoder.take(chunk);
    if (batch) yield batch;
  }
  const last = decoder.end();
  if (last) yield last;
}

async function* textBytes(path: string): AsyncGenerator<Buffer> {
  const head = await headOf(path);
  if (!isGzip(head)) refuseUnlessText(path, head);
  yield* unpackedBytes(path);
}

/** The unpacked bytes of a file, in chunks; they need not be text. Throws InputError for a broken gzip. */
export async function* unpackedBytes(path: string): AsyncGenerator<Buffer> {
  const source = await openUnpacked(path);
  try {
    yield* source as AsyncIterable<Buffer>;
  } catch (thrown) {
    throw asGzipError(path, thrown);
  } finally {
    source.destroy();
  }
}

/** The beginning of a text file, at most one chunk. */
export async function textHead(path: string): Promise<string> {
  for await (const chunk of textBytes(path)) return chunk.toString("utf8").replace(/^\uFEFF/, "");
  return "";
}

/** The lines of a file's first chunk. */
export async function firstLines(path: string): Promise<LineBatch["lines"]> {
  for await (const { lines } of textLines(path, () => undefined)) return lines;
  return [];
}

/** A line without the CR that Windows programs write before the line feed. */
export function withoutReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}

async function openUnpacked(path: string): Promise<Readable> {
  const isPacked = isGzip(await headOf(path));
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  return isPacked ? pipeline(file, createGunzip({ chunkSize: CHUNK_BYTES }), () => undefined) : file;
}

/** Turns an error of gunzip into an InputError; returns any other error unchanged. */
function asGzipError(path: string, thrown: unknown): unknown {
  const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
  if (!code.startsWith("Z_")) return thrown;
  return new InputError(`${path} is not a complete gzip file: ${(thrown as Error).message}`, "Fetch the file again.", { cause: thrown });
}

/** Throws InputError if a file that begins with `head` cannot be text in UTF-8. */
export function refuseUnlessText(path: string, head: Buffer): void {
  if (head.toString("latin1").startsWith("version https://git-lfs"))
    throw new InputError(`${path} is a git-LFS pointer, not the data`, "Run `git lfs pull` in that folder to fetch the file itself.");
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff))
    throw new InputError(`${path} is UTF-16`, `Convert it to UTF-8: iconv -f UTF-16 -t UTF-8 ${shellWord(path)}`);
  if (head.includes(0)) throw new InputError(`${path} is not text`, "Name its format with --input-format, or fetch the file again.");
}

/** Whether a file that begins with `head` is gzipped. */
export function isGzip(head: Buffer): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

/** The first 512 bytes of a file. */
export async function headOf(path: string): Promise<Buffer> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** How many skipped lines are named. */
export const NAMED_LINES = 20;

/** Lines that were skipped. */
export interface SkippedLines {
  readonly count: number;
  /** The first `NAMED_LINES` of them. */
  readonly first: readonly { readonly line: number; readonly reason: string }[];
}

/** Counts skipped lines and keeps the first `NAMED_LINES`. */
export class LineCount {
  #count = 0;
  readonly #first: { line: number; reason: string }[] = [];

  /** Counts a line. Bound to the object, so it can be passed as a callback. */
  readonly add: OnBadLine = (line, reason) => {
    this.#count += 1;
    if (this.#first.length < NAMED_LINES) this.#first.push({ line, reason });
  };

  /** Counts lines without keeping their numbers. */
  addUnnamed(count: number): void {
    this.#count += count;
  }

  /** Everything counted so far. */
  lines(): SkippedLines {
    return { count: this.#count, first: this.#first.sort((left, right) => left.line - right.line) };
  }
}

/** Cuts bytes into lines. */
class LineDecoder {
  readonly #onBad: OnBadLine;
  #line = 1;
  #rest: Buffer[] = [];
  #restBytes = 0;
  #isTooLong = false;

  constructor(onBad: OnBadLine) {
    this.#onBad = onBad;
  }

  take(chunk: Buffer): LineBatch | undefined {
    const last = chunk.lastIndexOf(NEWLINE);
    if (last < 0) {
      this.#keep(chunk);
      return undefined;
    }
    const batch = this.#cut(chunk.subarray(0, last));
    this.#keep(chunk.subarray(last + 1));
    return batch;
  }

  end(): LineBatch | undefined {
    return this.#restBytes > 0 || this.#isTooLong ? this.#cut(Buffer.alloc(0)) : undefined;
  }

  #keep(bytes: Buffer): void {
    if (this.#restBytes + bytes.length > MAX_LINE_BYTES) this.#isTooLong = true;
    if (this.#isTooLong) {
      this.#rest = [];
      this.#restBytes = 0;
    } else if (bytes.length > 0) {
      this.#rest.push(bytes);
      this.#restBytes += bytes.length;
    }
  }

  /** Cuts the kept bytes followed by `bytes`, which end with a line, into lines. */
  #cut(bytes: Buffer): LineBatch {
    const firstLine = this.#line;
    let tail = bytes;
    const lines: (string | undefined)[] = [];
    if (this.#isTooLong) {
      this.#onBad(firstLine, `longer than ${MAX_LINE_BYTES / 2 ** 20} MiB`);
      lines.push(undefined);
      const next = bytes.indexOf(NEWLINE);
      tail = next < 0 ? Buffer.alloc(0) : bytes.subarray(next + 1);
      if (next >= 0) for (const line of this.#decode(tail, firstLine + 1)) lines.push(line);
    } else {
      for (const line of this.#decode(this.#rest.length > 0 ? Buffer.concat([...this.#rest, bytes]) : bytes, firstLine)) lines.push(line);
    }
    this.#rest = [];
    this.#restBytes = 0;
    this.#isTooLong = false;
    this.#line += lines.length;
    return { firstLine, lines };
  }

  #decode(bytes: Buffer, firstLine: number): (string | undefined)[] {
    const text = bytes.toString("utf8");
    // Windows programs may write a byte-order mark.
    const lines = (firstLine === 1 ? text.replace(/^\uFEFF/, "") : text).split("\n");
    if (isUtf8(bytes)) return lines;
    let start = 0;
    return lines.map((line, index) => {
      const end = bytes.indexOf(NEWLINE, start);
      const isGood = isUtf8(bytes.subarray(start, end < 0 ? bytes.length : end));
      start = end + 1;
      if (isGood) return line;
      this.#onBad(firstLine + index, NOT_UTF8);
      return undefined;
    });
  }
}
