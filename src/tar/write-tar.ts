// Writes tars whose bytes depend on their members alone.
import { BLOCK } from "./scan-tar.ts";
import { writeHeader } from "./write-header.ts";

/** Bytes of one write: whole blocks, so that no header is cut in two. */
const WRITE_BYTES = 512 * BLOCK;

/** A tar ends with this many empty blocks. */
const END_BLOCKS = 2;

/** Takes the bytes of a tar in order. */
export interface TarSink<Written> {
  /** Writes the parts. The caller may change them after this resolves. */
  append(parts: readonly Uint8Array[]): Promise<void>;
  /** Ends the file. */
  finish(): Promise<Written>;
  /** Gives up; the file stays for its owner to remove. */
  abandon(): Promise<void>;
}

/** Writes a plain ustar file: fixed time, mode and owner, members in the order in which they are added. Await each call before the next. */
export class TarFile<Written> {
  readonly #sink: TarSink<Written>;
  /** Collects headers and bodies: copying them costs less than writing and hashing each of them. */
  readonly #buffer = Buffer.allocUnsafeSlow(WRITE_BYTES);
  #filled = 0;
  /** The last write. After an error nobody knows what the sink holds, so every further call throws that error. */
  #written: Promise<void> = Promise.resolve();

  /** Starts the tar. */
  constructor(sink: TarSink<Written>) {
    this.#sink = sink;
  }

  /** Adds a member and resolves when the tar can take the next one. The name has at most 100 ASCII characters. Throws the errors of the sink. */
  async add(name: string, body: Buffer): Promise<void> {
    await this.#makeRoom();
    writeHeader(this.#buffer.subarray(this.#filled, this.#filled + BLOCK), name, body.length);
    this.#filled += BLOCK;
    for (let at = 0; at < body.length; ) {
      await this.#makeRoom();
      const copied = body.copy(this.#buffer, this.#filled, at);
      this.#filled += copied;
      at += copied;
    }
    this.#addZeros(-body.length & (BLOCK - 1));
  }

  /** Ends the tar and its sink. Throws the errors of the sink. */
  async close(): Promise<Written> {
    for (let blocks = 0; blocks < END_BLOCKS; blocks++) {
      await this.#makeRoom();
      this.#addZeros(BLOCK);
    }
    await this.#write();
    return await this.#sink.finish();
  }

  /** Gives up; the file stays for its owner to remove. */
  async abandon(): Promise<void> {
    await this.#written.catch(() => undefined);
    await this.#sink.abandon();
  }

  /** Adds zeros up to the end of a block, which the buffer always has room for. */
  #addZeros(bytes: number): void {
    this.#buffer.fill(0, this.#filled, this.#filled + bytes);
    this.#filled += bytes;
  }

  async #makeRoom(): Promise<void> {
    if (this.#filled < WRITE_BYTES) await this.#written;
    else await this.#write();
  }

  async #write(): Promise<void> {
    await this.#written;
    this.#written = this.#sink.append([this.#buffer.subarray(0, this.#filled)]);
    await this.#written;
    this.#filled = 0;
  }
}
