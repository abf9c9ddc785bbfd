// Below the stages, the parquet format: a parquet file's footer as far as copying needs it: the fields of the whole file, and where each row group is.
import { type FileHandle, open } from "node:fs/promises";
import { FooterWindow, readExactly } from "./footer-window.ts";
import { ForeignParquetError, readRowGroup } from "./row-group.ts";
import { ThriftError, WIRE } from "./thrift-reader.ts";

/** The four bytes at both ends of a parquet file. */
export const MAGIC = "PAR1";

/** Field numbers of parquet's FileMetaData. */
export const FILE = { schema: 2, rows: 3, rowGroups: 4, keyValues: 5, encryption: 8 } as const;

/** A field of the footer that is carried along as it is encoded. */
export interface FooterField {
  readonly id: number;
  readonly type: number;
  readonly bytes: Uint8Array;
}

/** Where the row groups are; plain numbers side by side, since a file may have hundreds of thousands of groups. */
export interface RowGroupTable {
  readonly count: number;
  /** Position of each group's first row, and the number of all rows behind the last. */
  readonly firstRow: Float64Array;
  /** Offsets of each group's first byte. */
  readonly start: Float64Array;
  /** Offsets after each group's last byte. */
  readonly end: Float64Array;
  /** Offsets of each group's own metadata in the footer, and where that of the last one ends. */
  readonly metadata: Float64Array;
}

/** A footer without the details of its row groups, which stay on disk. */
export interface ParquetFooter {
  readonly path: string;
  readonly rows: number;
  readonly fields: readonly FooterField[];
  readonly groups: RowGroupTable;
}

/**
 * Reads a footer in bounded memory, 40 bytes a row group. Throws ForeignParquetError for a file whose row groups cannot be
 * copied as bytes, and Error for one that is broken.
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

/** The schema's encoding: equal for two files whose row groups may lie in one. */
export function schemaOf(footer: ParquetFooter): Uint8Array {
  return footer.fields.find(({ id }) => id === FILE.schema)?.bytes ?? new Uint8Array(0);
}

async function parseFooter(file: FileHandle, path: string): Promise<ParquetFooter> {
  const { size } = await file.stat();
  if (size < 12) throw new Error(`${path} is no parquet file: it has ${size} bytes`);
  const tail = await readExactly(file, Buffer.alloc(8), size - 8);
  const magic = tail.toString("latin1", 4);
  if (magic === "PARE") throw new ForeignParquetError("its footer is encrypted");
  if (magic !== MAGIC) throw new Error(`${path} is no parquet file, or not all of one: it does not end in ${MAGIC}`);
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
  if (size > 0 && elementType !== WIRE.struct) throw new ThriftError("its row groups are no structs");
  // A struct takes at least its end byte, so a larger number is a lie that must not be believed with memory.
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
