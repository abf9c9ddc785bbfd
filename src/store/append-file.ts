// A new file that is written from its beginning to its end and hashed meanwhile.
import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { type DiskWait, NO_DISK_WAIT } from "./wait-for-disk.ts";

const COPY_BYTES = 2 ** 20;

/** Writes all of these bytes, the first at this position, however many writes it takes; waits where there is no space for more. */
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

/** Creates a file and appends to it; nobody else may write to it. Close it by `finish` or `abandon`. */
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

  /** Creates the file; an existing one is an error, met at the first `append` or at `finish`. */
  static create(path: string, diskWait: DiskWait = NO_DISK_WAIT): AppendFile {
    return new AppendFile(
      diskWait.retrying(() => open(path, "wx")),
      diskWait,
    );
  }

  /** How many bytes were appended: where the next ones go. */
  get position(): number {
    return this.#position;
  }

  /** Appends all of these bytes; one call at a time. */
  async append(parts: readonly Uint8Array[]): Promise<void> {
    const file = await this.#file;
    for (const part of parts) this.#hash.update(part);
    await writeAll(file, parts, this.#position, this.#diskWait);
    this.#position += parts.reduce((sum, { length }) => sum + length, 0);
  }

  /** Appends the bytes [from, to) of another file; throws where it is shorter. */
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

  /** Waits until the bytes are on the disk, closes the file, and says how many there are and their SHA-256. */
  async finish(): Promise<{ readonly bytes: number; readonly sha256: string }> {
    const file = await this.#file;
    await file.sync();
    await file.close();
    return { bytes: this.#position, sha256: this.#hash.digest("hex") };
  }

  /** Gives up; the file stays for its owner to remove. May be called after `finish`. */
  async abandon(): Promise<void> {
    await (await this.#file.catch(() => undefined))?.close();
  }
}
