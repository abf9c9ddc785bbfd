// A new file that is written from its beginning to its end and hashed meanwhile.
import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { type DiskWait, NO_DISK_WAIT } from "./wait-for-disk.ts";

const COPY_BYTES = 2 ** 20;

/** Writes all of these bytes from this position on, in as many writes as it takes. Waits for space if the disk is full. */
export async function writeAll(
  file: Pick<FileHandle, "writev">,
  parts: readonly Uint8Array[],
  position: number,
  diskWait: DiskWait,
): Promise<void> {
  const rest = parts.filter(({ length }) => length > 0);
  let next = position;
  while (rest[0]) {
    let { bytesWritten } = await diskWait.retrying(
      () => file.writev(rest, next),
      rest.reduce((sum, { length }) => sum + length, 0),
    );
    next += bytesWritten;
    // A write may stop anywhere.
    while (rest[0] && bytesWritten >= rest[0].length) bytesWritten -= rest.shift()?.length ?? 0;
    if (rest[0]) rest[0] = rest[0].subarray(bytesWritten);
  }
}

/** Creates a file and appends to it. It must be the only writer. Close it by `finish` or `abandon`. */
export class AppendFile {
  readonly #file: Promise<FileHandle>;
  readonly #diskWait: DiskWait;
  readonly #hash = createHash("sha256");
  #position = 0;

  private constructor(file: Promise<FileHandle>, diskWait: DiskWait) {
    this.#file = file;
    this.#diskWait = diskWait;
    // The error reaches the caller by `append` or `finish`.
    this.#file.catch(() => undefined);
  }

  /** Creates the file. If it exists, the first `append` or `finish` throws EEXIST. */
  static create(path: string, diskWait: DiskWait = NO_DISK_WAIT): AppendFile {
    return new AppendFile(
      diskWait.retrying(() => open(path, "wx")),
      diskWait,
    );
  }

  /** Bytes appended so far. */
  get position(): number {
    return this.#position;
  }

  /** Appends all of these bytes. Await each call before the next. */
  async append(parts: readonly Uint8Array[]): Promise<void> {
    const file = await this.#file;
    for (const part of parts) this.#hash.update(part);
    await writeAll(file, parts, this.#position, this.#diskWait);
    this.#position += parts.reduce((sum, { length }) => sum + length, 0);
  }

  /** Appends the bytes [from, to) of another file. Throws if that is shorter. */
  async copy(path: string, from: number, to: number): Promise<void> {
    const source = await open(path, "r");
    try {
      const buffer = Buffer.allocUnsafe(Math.min(COPY_BYTES, to - from));
      for (let position = from; position < to; ) {
        const { bytesRead } = await source.read(buffer, 0, Math.min(buffer.length, to - position), position);
        if (bytesRead === 0) throw new Error(`${path} ends early`);
        await this.append([buffer.subarray(0, bytesRead)]);
        position += bytesRead;
      }
    } finally {
      await source.close();
    }
  }

  /** Waits until the bytes are on the disk, closes the file, and returns its size and SHA-256. */
  async finish(): Promise<{ readonly bytes: number; readonly sha256: string }> {
    const file = await this.#file;
    await file.sync();
    await file.close();
    return { bytes: this.#position, sha256: this.#hash.digest("hex") };
  }

  /** Closes the file as it is; its owner removes it. May be called after `finish`. */
  async abandon(): Promise<void> {
    await (await this.#file.catch(() => undefined))?.close();
  }
}
