// Writes a parquet shard: every input row with its outcome, and a column of images.
//
// Images are written as pages of their column when they arrive. The outcomes of the rows are known only at the end. Then the
// other columns, which DuckDB writes, are copied after the pages, and a footer joins both into row groups.
import { unlink } from "node:fs/promises";
import type { BinaryChunk } from "../parquet/add-column.ts";
import { binaryPage } from "../parquet/binary-pages.ts";
import { MAGIC, type ParquetFooter, readFooter, schemaOf } from "../parquet/parquet-footer.ts";
import { wideFooter, wideRowGroup } from "../parquet/wide-footer.ts";
import { AppendFile } from "../store/append-file.ts";
import type { DiskWait } from "../store/wait-for-disk.ts";
import type { Entry } from "./entries.ts";
import type { ShardWriter, WrittenFile } from "./shard-writer.ts";

/** A page ends with the image that brings it to this size. Until then it is in memory. */
const PAGE_BYTES = 2 ** 20;
const PAGE_ROWS = 2048;
/** A row group ends with the page that brings it to this size. A reader holds one row group at a time. */
const GROUP_BYTES = 32 * 2 ** 20;
/** Fewer rows than DuckDB puts in a row group, so that each group is one of DuckDB's. */
const GROUP_ROWS = 65_536;

/** What the writer is told about its shard. */
export interface ParquetShard {
  /** Its file in the output. */
  readonly name: string;
  readonly path: string;
  /** Name of the image's column. */
  readonly imageColumn: string;
  /** Input rows of the shard, packed or not. */
  readonly rows: number;
  /** Writes the other columns of the rows [first, end) to a parquet file of one row group and returns its path. Called by `close`. */
  readonly sliceRows: (first: number, end: number) => Promise<string>;
  /** Waits for space on a full disk. */
  readonly diskWait: DiskWait;
}

/** Writes the file `name` at `path`. */
export class ParquetWriter implements ShardWriter {
  readonly #shard: ParquetShard;
  readonly #file: AppendFile;
  readonly #chunks: BinaryChunk[] = [];
  #page: (Uint8Array | null)[] = [];
  #pageBytes = 0;
  #chunk = { start: MAGIC.length, bytes: 0, values: 0, nulls: 0 };
  /** Position of the next row. */
  #next = 0;

  constructor(shard: ParquetShard) {
    this.#shard = shard;
    this.#file = AppendFile.create(shard.path, shard.diskWait);
  }

  async add(_key: string, entries: readonly Entry[], index: number): Promise<void> {
    await this.#skipTo(index);
    await this.#place(entries[0]?.body ?? null);
  }

  async close(): Promise<WrittenFile> {
    const { name, imageColumn, rows } = this.#shard;
    await this.#skipTo(rows);
    await this.#endPage();
    this.#endChunk();
    const groups: Uint8Array[] = [];
    let template: ParquetFooter | undefined;
    let first = 0;
    for (const chunk of this.#chunks) {
      const source = await readFooter(await this.#shard.sliceRows(first, first + chunk.values));
      template ??= source;
      groups.push(await this.#copyRows(source, template, chunk));
      first += chunk.values;
      await unlink(source.path);
    }
    if (!template) throw new Error(`the shard ${name} has no rows`);
    await this.#file.append([wideFooter(template, imageColumn, rows, groups)]);
    return { name, ...(await this.#file.finish()) };
  }

  async abandon(): Promise<void> {
    await this.#file.abandon();
  }

  /** Copies the columns of a row group and returns its metadata for the footer. */
  async #copyRows(source: ParquetFooter, template: ParquetFooter, chunk: BinaryChunk): Promise<Uint8Array> {
    if (source.groups.count !== 1) throw new Error(`${source.path} has ${source.groups.count} row groups instead of one`);
    if (Buffer.compare(schemaOf(source), schemaOf(template)) !== 0) throw new Error(`${source.path} has another schema`);
    const [from = 0] = source.groups.start;
    const [to = 0] = source.groups.end;
    const shift = this.#file.position - from;
    await this.#file.copy(source.path, from, to);
    return await wideRowGroup(source, shift, chunk);
  }

  /** Adds rows without an image up to a position. */
  async #skipTo(index: number): Promise<void> {
    while (this.#next < index) await this.#place(null);
  }

  async #place(value: Uint8Array | null): Promise<void> {
    this.#next += 1;
    this.#page.push(value);
    this.#pageBytes += value?.length ?? 0;
    if (this.#pageBytes >= PAGE_BYTES || this.#page.length >= PAGE_ROWS) await this.#endPage();
  }

  async #endPage(): Promise<void> {
    if (this.#page.length === 0) return;
    if (this.#file.position === 0) await this.#file.append([Buffer.from(MAGIC)]);
    const parts = binaryPage(this.#page);
    this.#chunk.bytes += parts.reduce((sum, { length }) => sum + length, 0);
    this.#chunk.values += this.#page.length;
    this.#chunk.nulls += this.#page.filter((value) => value === null).length;
    await this.#file.append(parts);
    this.#page = [];
    this.#pageBytes = 0;
    if (this.#chunk.bytes >= GROUP_BYTES || this.#chunk.values >= GROUP_ROWS) this.#endChunk();
  }

  #endChunk(): void {
    if (this.#chunk.values === 0) return;
    this.#chunks.push({ name: this.#shard.imageColumn, ...this.#chunk });
    this.#chunk = { start: this.#file.position, bytes: 0, values: 0, nulls: 0 };
  }
}
