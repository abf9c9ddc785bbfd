// Parses a footer through a moving window: footers of hundreds of megabytes need little memory.
import type { FileHandle } from "node:fs/promises";
import { ThriftReader, TruncatedThriftError } from "./thrift-reader.ts";

const FIRST_SIZE = 2 ** 18;

/** Parses consecutive values in a range of a file. */
export class FooterWindow {
  readonly #file: FileHandle;
  readonly #end: number;
  #buffer: Buffer;
  #bytes: Uint8Array = new Uint8Array(0);
  /** Offset of the window in the file. */
  #offset: number;
  /** Offset of the next value in the file. */
  position: number;

  constructor(file: FileHandle, start: number, end: number) {
    this.#file = file;
    this.#end = end;
    this.#offset = start;
    this.position = start;
    this.#buffer = Buffer.allocUnsafe(Math.min(FIRST_SIZE, end - start));
  }

  /** Bytes that are not parsed yet. */
  get remaining(): number {
    return this.#end - this.position;
  }

  /** Parses the next value. `parse` is called again if the window was too small. Views of the bytes are valid until the next call. */
  async next<T>(parse: (reader: ThriftReader) => T): Promise<T> {
    for (;;) {
      const reader = new ThriftReader(this.#bytes, this.position - this.#offset);
      try {
        const value = parse(reader);
        this.position = this.#offset + reader.position;
        return value;
      } catch (error) {
        if (!(error instanceof TruncatedThriftError) || this.#offset + this.#bytes.length >= this.#end) throw error;
        await this.#move();
      }
    }
  }

  async #move(): Promise<void> {
    const isTooSmall = this.#offset === this.position && this.#bytes.length > 0;
    const size = Math.min(isTooSmall ? this.#bytes.length * 2 : this.#buffer.length, this.#end - this.position);
    if (size > this.#buffer.length) this.#buffer = Buffer.allocUnsafe(size);
    this.#offset = this.position;
    this.#bytes = await readExactly(this.#file, this.#buffer.subarray(0, size), this.position);
  }
}

/** Fills the buffer from an offset in a file. Throws Error if the file ends before. */
export async function readExactly(file: FileHandle, buffer: Buffer, position: number): Promise<Buffer> {
  for (let filled = 0; filled < buffer.length; ) {
    const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, position + filled);
    if (bytesRead === 0) throw new Error("the file ends early");
    filled += bytesRead;
  }
  return buffer;
}
