// The only folder that knows tar-stream: tars whose bytes depend on their members alone.
import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import tar from "tar-stream";

/** A plain ustar file being written: fixed time, mode and owner, members in the order they are added. */
export class TarFile {
  readonly #pack = tar.pack();
  readonly #done: Promise<void>;

  private constructor(path: string) {
    // `flush` syncs the file's data before it is closed.
    this.#done = pipeline(this.#pack, createWriteStream(path, { flags: "wx", flush: true }));
    // The error reaches the caller by `add` or `close`.
    this.#done.catch(() => undefined);
  }

  /** Creates the file; an existing one is an error, met at the first `add` or at `close`. */
  static create(path: string): TarFile {
    return new TarFile(path);
  }

  /** Adds a member and waits until it is on its way; the name is at most 100 ASCII characters. */
  async add(name: string, body: Buffer): Promise<void> {
    const added = new Promise<void>((resolve, reject) => {
      this.#pack.entry({ name, size: body.length, mode: 0o444, mtime: new Date(0), type: "file" }, body, (error) =>
        error ? reject(error) : resolve(),
      );
    });
    await Promise.race([added, this.#done]);
  }

  /** Ends the tar and waits until its bytes are on the disk. */
  async close(): Promise<void> {
    this.#pack.finalize();
    await this.#done;
  }

  /** Gives up; the file stays for its owner to remove. */
  async abandon(): Promise<void> {
    this.#pack.destroy();
    await this.#done.catch(() => undefined);
  }
}
