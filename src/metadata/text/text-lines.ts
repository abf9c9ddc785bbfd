// Between a text file and its rows: the lines of a file of any size, gzipped or not, in bounded memory.
import { isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline, type Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { InputError } from "../../core/errors.ts";
import { shellWord } from "../../core/shell-word.ts";

/** A line that is longer is no row of anybody's: it is reported and skipped. */
export const MAX_LINE_BYTES = 16 * 2 ** 20;

/** Why a line in another encoding is skipped. */
export const NOT_UTF8 = "not UTF-8";

const CHUNK_BYTES = 2 ** 20;
const NEWLINE = 0x0a;

/** Lines in a row, without their line feed; undefined where a line cannot be read, which `onBad` has told. */
export interface LineBatch {
  /** Number of the first of them, from 1. */
  readonly firstLine: number;
  readonly lines: readonly (string | undefined)[];
}

/** Receives the number of a line that is skipped and why. */
export type OnBadLine = (line: number, reason: string) => void;

/** The lines of a text file in order; gzip is recognised by its first bytes. Throws InputError for what is not text at all. */
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

/** The bytes of a file, unpacked, a chunk at a time, whatever they are. Throws InputError for a broken gzip. */
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

/** The beginning of a text file, at most a chunk of it. */
export async function textHead(path: string): Promise<string> {
  for await (const chunk of textBytes(path)) return chunk.toString("utf8").replace(/^\uFEFF/, "");
  return "";
}

async function openUnpacked(path: string): Promise<Readable> {
  const isPacked = isGzip(await headOf(path));
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  return isPacked ? pipeline(file, createGunzip({ chunkSize: CHUNK_BYTES }), () => undefined) : file;
}

/** The InputError behind what a gunzip throws; anything else is returned unchanged. */
function asGzipError(path: string, thrown: unknown): unknown {
  const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
  if (!code.startsWith("Z_")) return thrown;
  return new InputError(`${path} is no complete gzip file: ${(thrown as Error).message}`, "Fetch the file again.", { cause: thrown });
}

/** Throws InputError for a file that begins as no text in UTF-8 does. */
export function refuseUnlessText(path: string, head: Buffer): void {
  if (head.toString("latin1").startsWith("version https://git-lfs"))
    throw new InputError(`${path} is a git-LFS pointer, not the data`, "Run `git lfs pull` in that folder to fetch the file itself.");
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff))
    throw new InputError(`${path} is UTF-16`, `Turn it into UTF-8: iconv -f UTF-16 -t UTF-8 ${shellWord(path)}`);
  if (head.includes(0)) throw new InputError(`${path} is not text`, "Name its format with --input-format, or fetch the file again.");
}

/** Whether a file that begins so is gzipped. */
export function isGzip(head: Buffer): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

/** The first bytes of a file. */
export async function headOf(path: string): Promise<Buffer> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
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

  /** The lines of what was kept and these bytes, which end where a line ends. */
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
    // Some programs of another system begin every file with a mark.
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
