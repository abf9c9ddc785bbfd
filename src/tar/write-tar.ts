// Writes tars whose bytes depend on their members alone.
import tar from "tar-stream";

/** The time of every member, so that the same members give the same bytes. */
const MEMBER_TIME = new Date(0);

/** Bytes of one write. */
const WRITE_BYTES = 256 * 1024;

/** Takes the bytes of a tar in order. */
export interface TarSink<Written> {
  /** Writes the parts. The caller may change them after this resolves. */
  append(parts: readonly Uint8Array[]): Promise<void>;
  /** Ends the file. */
  finish(): Promise<Written>;
  /** Gives up; the file stays for its owner to remove. */
  abandon(): Promise<void>;
}

/** Writes a plain ustar file: fixed time, mode and owner, members in the order in which they are added. */
export class TarFile<Written> {
  readonly #pack = tar.pack();
  readonly #sink: TarSink<Written>;
  readonly #done: Promise<void>;

  /** Starts the tar. The next `add`, or `close`, throws the errors of the sink. */
  constructor(sink: TarSink<Written>) {
    this.#sink = sink;
    this.#done = this.#drain(this.#pack as AsyncIterable<Buffer>);
    // `add` and `close` report the error.
    this.#done.catch(() => undefined);
  }

  /** Adds a member and resolves when the tar can take the next one. The name has at most 100 ASCII characters. */
  async add(name: string, body: Buffer): Promise<void> {
    try {
      await new Promise<void>((resolve, reject) => {
        this.#pack.entry({ name, size: body.length, mode: 0o444, mtime: MEMBER_TIME, type: "file" }, body, (error) =>
          error ? reject(error) : resolve(),
        );
      });
    } catch (error) {
      // On a full disk the sink fails first, and its error says more than "destroyed".
      await this.#done;
      throw error;
    }
  }

  /** Ends the tar and its sink. */
  async close(): Promise<Written> {
    this.#pack.finalize();
    await this.#done;
    return await this.#sink.finish();
  }

  /** Gives up; the file stays for its owner to remove. */
  async abandon(): Promise<void> {
    this.#pack.destroy();
    await this.#done.catch(() => undefined);
    await this.#sink.abandon();
  }

  /** Copies the many small pieces of members into one block, which costs less than to write and hash each of them. */
  async #drain(chunks: AsyncIterable<Buffer>): Promise<void> {
    const block = Buffer.allocUnsafeSlow(WRITE_BYTES);
    let filled = 0;
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length; ) {
        const copied = chunk.copy(block, filled, at);
        filled += copied;
        at += copied;
        if (filled < block.length) continue;
        await this.#sink.append([block]);
        filled = 0;
      }
    }
    if (filled > 0) await this.#sink.append([block.subarray(0, filled)]);
  }
}
