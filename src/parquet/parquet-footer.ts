// Reads a parquet footer: the fields of the whole file, and the place of each row group.
import { type FileHandle, open } from "node:fs/promises";
import { FooterWindow, readExactly } from "./footer-window.ts";
import { ForeignParquetError, readRowGroup } from "./row-group.ts";
import { ThriftError, WIRE } from "./thrift-reader.ts";

/** The four bytes at both ends of a parquet file. */
export const MAGIC = "PAR1";

/** Field numbers of parquet's FileMetaData. */
export const FILE = { schema: 2, rows: 3, rowGroups: 4, keyValues: 5, encryption: 8 } as const;

/** A field of the footer that is kept in its encoding. */
export interface FooterField {
  readonly id: number;
  readonly type: number;
  readonly bytes: Uint8Array;
}

/** Places of the row groups, in arrays of numbers because a file may have hundreds of thousands of groups. */
export interface RowGroupTable {
  readonly count: number;
  /** Index of each group's first row, then the number of all rows. */
  readonly firstRow: Float64Array;
  /** Offsets of each group's first byte. */
  readonly start: Float64Array;
  /** Offsets after each group's last byte. */
  readonly end: Float64Array;
  /** Offsets of each group's metadata in the file, then the end of the last group's. */
  readonly metadata: Float64Array;
}

/** A footer. The details of its row groups stay on disk. */
export interface ParquetFooter {
  readonly path: string;
  readonly rows: number;
  readonly fields: readonly FooterField[];
  readonly groups: RowGroupTable;
}

/**
 * Reads a footer in bounded memory: 40 bytes for each row group. Throws ForeignParquetError for a file whose row groups
 * cannot be copied as bytes, and Error for a broken file.
 */
export async function readFooter(path: string): Promise<ParquetFooter> {
  const file = await open(path, "r");
  try {
    return await parseFooter(file, path);
  } catch (error) {
    if (error instanceof ThriftError) throw new Error(`the parquet footer of ${path} is broken: ${error.message}`, { cause: error });
    throw error;
  } finally {
    await file.close();
  }
}

/** The encoded schema. Row groups of two files can be joined in one file if their schemas are equal. */
export function schemaOf(footer: ParquetFooter): Uint8Array {
  return footer.fields.find(({ id }) => id === FILE.schema)?.bytes ?? new Uint8Array(0);
}

async function parseFooter(file: FileHandle, path: string): Promise<ParquetFooter> {
  const { size } = await file.stat();
  if (size < 12) throw new Error(`${path} is not a parquet file: it has ${size} bytes`);
  const tail = await readExactly(file, Buffer.alloc(8), size - 8);
  const magic = tail.toString("latin1", 4);
  if (magic === "PARE") throw new ForeignParquetError("its footer is encrypted");
  if (magic !== MAGIC) throw new Error(`${path} is not a whole parquet file: it does not end in ${MAGIC}`);
  const start = size - 8 - tail.readUInt32LE(0);
  if (start < MAGIC.length) throw new Error(`the parquet footer of ${path} is longer than the file`);

  const window = new FooterWindow(file, start, size - 8);
  const fields: FooterField[] = [];
  let rows = 0;
  let groups = emptyTable(0);
  for (let id = 0; ; ) {
    const header = await window.next((reader) => reader.field(id));
    if (!header) break;
    const { type } = header;
    id = header.id;
    if (id === FILE.rowGroups) groups = await readGroups(window, type, start);
    else if (id === FILE.rows) rows = await window.next((reader) => reader.integer(type));
    else if (id === FILE.encryption) throw new ForeignParquetError("it is encrypted");
    else fields.push({ id, type, bytes: await window.next((reader) => new Uint8Array(reader.raw(type))) });
  }
  if (groups.firstRow[groups.count] !== rows) throw new Error(`the parquet footer of ${path} disagrees with itself about its rows`);
  return { path, rows, fields, groups };
}

async function readGroups(window: FooterWindow, type: number, ceiling: number): Promise<RowGroupTable> {
  const { size, elementType } = await window.next((reader) => reader.list(type));
  if (size > 0 && elementType !== WIRE.struct) throw new ThriftError("its row groups are not structs");
  // A struct takes at least one byte. A larger number is false, and memory must not be allocated for it.
  if (size > window.remaining) throw new ThriftError(`it cannot hold ${size} row groups`);
  const table = emptyTable(size);
  let floor = MAGIC.length;
  let firstRow = 0;
  for (let index = 0; index < size; index++) {
    table.metadata[index] = window.position;
    const group = await window.next((reader) => readRowGroup(reader, floor, ceiling));
    table.start[index] = group.start;
    table.end[index] = group.end;
    floor = group.end;
    firstRow += group.rows;
    table.firstRow[index + 1] = firstRow;
  }
  table.metadata[size] = window.position;
  return table;
}

function emptyTable(count: number): RowGroupTable {
  const numbers = (length: number) => new Float64Array(length);
  return { count, firstRow: numbers(count + 1), start: numbers(count), end: numbers(count), metadata: numbers(count + 1) };
}
