// The only folder that knows tar-stream: tars whose bytes depend on their members alone.
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import tar from "tar-stream";

/** Fixed, so that the same members give the same bytes. 1970 as seconds 0. */
const MEMBER_TIME = new Date(0);

/** Bytes of one write. */
const WRITE_BYTES = 256 * 1024;

/** A plain ustar file being written: fixed time, mode and owner, members in the order they are added. */
export class TarFile {
  readonly #pack = tar.pack();
  readonly #hash = createHash("sha256");
  readonly #done: Promise<void>;
  #bytes = 0;

  private constructor(path: string) {
    // `flush` syncs the file's data before it is closed.
    this.#done = pipeline(this.#count(this.#pack as AsyncIterable<Buffer>), createWriteStream(path, { flags: "wx", flush: true }));
    // The error reaches the caller by `add` or `close`.
    this.#done.catch(() => undefined);
  }

  /** Creates the file; an existing one is an error, met at the first `add` or at `close`. */
  static create(path: string): TarFile {
    return new TarFile(path);
  }

  /** Adds a member and waits until it is on its way; the name is at most 100 ASCII characters. */
  async add(name: string, body: Buffer): Promise<void> {
    try {
      await new Promise<void>((resolve, reject) => {
        this.#pack.entry({ name, size: body.length, mode: 0o444, mtime: MEMBER_TIME, type: "file" }, body, (error) =>
          error ? reject(error) : resolve(),
        );
      });
    } catch (error) {
      // A full disk ends the pipeline first, and its error says more than "destroyed".
      await this.#done;
      throw error;
    }
  }

  /** Ends the tar, waits until its bytes are on the disk, and says how many there are and their SHA-256. */
  async close(): Promise<{ bytes: number; sha256: string }> {
    this.#pack.finalize();
    await this.#done;
    return { bytes: this.#bytes, sha256: this.#hash.digest("hex") };
  }

  /** Gives up; the file stays for its owner to remove. */
  async abandon(): Promise<void> {
    this.#pack.destroy();
    await this.#done.catch(() => undefined);
  }

  /** Members are many small pieces: written and hashed one by one, they cost more than the copy into large ones. */
  async *#count(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let pieces: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of chunks) {
      pieces.push(chunk);
      bytes += chunk.length;
      if (bytes < WRITE_BYTES) continue;
      yield this.#counted(Buffer.concat(pieces, bytes));
      pieces = [];
      bytes = 0;
    }
    if (bytes > 0) yield this.#counted(Buffer.concat(pieces, bytes));
  }

  #counted(block: Buffer): Buffer {
    this.#hash.update(block);
    this.#bytes += block.length;
    return block;
  }
}
