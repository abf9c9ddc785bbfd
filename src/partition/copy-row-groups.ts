// Writes a parquet file from row groups of other files: copies their bytes and writes a new footer.
import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { FooterWindow, readExactly } from "../parquet/footer-window.ts";
import { FILE, type FooterField, MAGIC, type ParquetFooter, schemaOf } from "../parquet/parquet-footer.ts";
import { moveRowGroup } from "../parquet/row-group.ts";
import { ThriftReader, WIRE } from "../parquet/thrift-reader.ts";
import { ThriftWriter } from "../parquet/thrift-writer.ts";

const CHUNK_BYTES = 2 ** 21;
/** Buffers to use again. Collecting a new buffer for every copy costs V8 twice as much as the copy. */
const spareBuffers: Buffer[] = [];
/** Bytes of a footer that are gathered before they are written. */
const FOOTER_CHUNK_BYTES = 2 ** 18;
const KEY_VALUE = { key: 1, value: 2 } as const;

/** Row groups that follow each other both in their source and in the new file. */
interface Run {
  readonly source: ParquetFooter;
  readonly first: number;
  readonly end: number;
  /** Offset in the new file minus offset in the source, in bytes. */
  readonly shift: number;
}

/** Facts about a file that was written. */
export interface WrittenFile {
  readonly rows: number;
  readonly bytes: number;
  /** Hex digest of the bytes. */
  readonly sha256: string;
}

/** Writes one parquet file. Close it, whether or not it was finished. */
export class RowGroupCopier {
  readonly #file: FileHandle;
  readonly #template: ParquetFooter;
  readonly #signal: AbortSignal | undefined;
  readonly #hash = createHash("sha256");
  readonly #runs: Run[] = [];
  #position = 0;

  private constructor(file: FileHandle, template: ParquetFooter, signal: AbortSignal | undefined) {
    this.#file = file;
    this.#template = template;
    this.#signal = signal;
  }

  /** Begins a file with the schema and the other footer fields of `template`, but without its rows. */
  static async create(path: string, template: ParquetFooter, signal?: AbortSignal): Promise<RowGroupCopier> {
    const copier = new RowGroupCopier(await open(path, "w"), template, signal);
    await copier.#write(Buffer.from(MAGIC));
    return copier;
  }

  /** Appends the row groups [first, end) of a file. Throws if its schema is another one, and if the signal aborts. */
  async append(source: ParquetFooter, first: number, end: number): Promise<void> {
    if (Buffer.compare(schemaOf(source), schemaOf(this.#template)) !== 0) throw new Error(`${source.path} has another schema`);
    const file = await open(source.path, "r");
    try {
      for (let index = first; index < end; ) {
        // Bytes between row groups, such as bloom filters, belong to no group and are not copied.
        let next = index + 1;
        while (next < end && source.groups.start[next] === source.groups.end[next - 1]) next++;
        const [from, to] = [source.groups.start[index] ?? 0, source.groups.end[next - 1] ?? 0];
        this.#runs.push({ source, first: index, end: next, shift: this.#position - from });
        await this.#copy(file, from, to);
        index = next;
      }
    } finally {
      await file.close();
    }
  }

  /** Writes the footer, with `note` among its key-value pairs. Reads the sources again, so they must still exist. */
  async finish(note?: { readonly key: string; readonly value: string }): Promise<WrittenFile> {
    const rows = this.#runs.reduce((sum, { source, first, end }) => sum + rowsBetween(source, first, end), 0);
    const start = this.#position;
    const writer = new ThriftWriter();
    const own: FooterField[] = [FILE.rows, FILE.rowGroups].map((id) => ({ id, type: 0, bytes: new Uint8Array(0) }));
    if (note && !this.#template.fields.some(({ id }) => id === FILE.keyValues)) {
      own.push({ id: FILE.keyValues, type: WIRE.list, bytes: Uint8Array.of(WIRE.struct) });
    }
    for (const field of [...this.#template.fields, ...own].sort((left, right) => left.id - right.id)) {
      if (field.id === FILE.rows) writer.integer(FILE.rows, WIRE.i64, rows);
      else if (field.id === FILE.rowGroups) await this.#writeGroups(writer);
      else if (field.id === FILE.keyValues && note) writeKeyValues(field, writer, note.key, note.value);
      else {
        writer.field(field.id, field.type);
        writer.raw(field.bytes);
      }
    }
    writer.stop();
    await this.#write(writer.take());
    const tail = Buffer.alloc(8);
    tail.writeUInt32LE(this.#position - start, 0);
    tail.write(MAGIC, 4, "latin1");
    await this.#write(tail);
    return { rows, bytes: this.#position, sha256: this.#hash.digest("hex") };
  }

  /** Waits until the file is on the disk. */
  async sync(): Promise<void> {
    await this.#file.sync();
  }

  /** Closes the file. */
  async close(): Promise<void> {
    await this.#file.close();
  }

  /** Reads the row groups' metadata again, piece by piece, because a footer may be too large for memory. */
  async #writeGroups(writer: ThriftWriter): Promise<void> {
    let ordinal = 0;
    const count = this.#runs.reduce((sum, { first, end }) => sum + end - first, 0);
    writer.list(FILE.rowGroups, WIRE.struct, count);
    for (const { source, first, end, shift } of this.#runs) {
      const { metadata } = source.groups;
      const file = await open(source.path, "r");
      try {
        const window = new FooterWindow(file, metadata[first] ?? 0, metadata[end] ?? 0);
        for (let index = first; index < end; index++) {
          const encoded = await window.next((reader) => reader.raw(WIRE.struct));
          moveRowGroup(new ThriftReader(encoded), writer, shift, ordinal++);
          if (writer.length > FOOTER_CHUNK_BYTES) await this.#write(writer.take());
        }
      } finally {
        await file.close();
      }
    }
  }

  async #copy(file: FileHandle, from: number, to: number): Promise<void> {
    const buffer = spareBuffers.pop() ?? Buffer.allocUnsafe(CHUNK_BYTES);
    try {
      for (let position = from; position < to; position += buffer.length) {
        this.#signal?.throwIfAborted();
        await this.#write(await readExactly(file, buffer.subarray(0, to - position), position));
      }
    } finally {
      spareBuffers.push(buffer);
    }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    const writing = writeAll(this.#file, bytes, this.#position);
    this.#hash.update(bytes);
    await writing;
    this.#position += bytes.length;
  }
}

function rowsBetween({ groups }: ParquetFooter, first: number, end: number): number {
  return (groups.firstRow[end] ?? 0) - (groups.firstRow[first] ?? 0);
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    written += (await file.write(bytes, written, bytes.length - written, position + written)).bytesWritten;
  }
}

/** Copies the list of pairs and adds this one, in place of a pair with the same key. */
function writeKeyValues({ id, type, bytes }: FooterField, writer: ThriftWriter, key: string, value: string): void {
  const reader = new ThriftReader(bytes);
  const others = Array.from({ length: reader.list(type).size }, () => reader.raw(WIRE.struct)).filter((pair) => keyOf(pair) !== key);
  writer.list(id, WIRE.struct, others.length + 1);
  for (const pair of others) writer.raw(pair);
  writer.struct(() => {
    writer.text(KEY_VALUE.key, key);
    writer.text(KEY_VALUE.value, value);
  });
}

function keyOf(pair: Uint8Array): string | undefined {
  let key: string | undefined;
  const reader = new ThriftReader(pair);
  reader.eachField((id, type) => {
    if (id === KEY_VALUE.key) key = Buffer.from(reader.binary(type)).toString();
    else reader.skip(type);
  });
  return key;
}
