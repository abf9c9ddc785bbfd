// The only folder that knows tar-stream: tars whose bytes depend on their members alone.
import tar from "tar-stream";

/** Fixed, so that the same members give the same bytes. 1970 as seconds 0. */
const MEMBER_TIME = new Date(0);

/** Bytes of one write. */
const WRITE_BYTES = 256 * 1024;

/** Where a tar's bytes go, in their order. */
export interface TarSink<Written> {
  /** The parts are the caller's again when it resolves. */
  append(parts: readonly Uint8Array[]): Promise<void>;
  finish(): Promise<Written>;
  abandon(): Promise<void>;
}

/** A plain ustar file being written: fixed time, mode and owner, members in the order they are added. */
export class TarFile<Written> {
  readonly #pack = tar.pack();
  readonly #sink: TarSink<Written>;
  readonly #done: Promise<void>;

  /** What goes wrong with the sink is met at the next `add` or at `close`. */
  constructor(sink: TarSink<Written>) {
    this.#sink = sink;
    this.#done = this.#drain(this.#pack as AsyncIterable<Buffer>);
    // The error reaches the caller by `add` or `close`.
    this.#done.catch(() => undefined);
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

  /** Members are many small pieces: written and hashed one by one, they cost more than the copy into one block, which serves again. */
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
