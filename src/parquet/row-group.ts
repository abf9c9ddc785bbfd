// Reads where a row group's bytes are, and copies its metadata for bytes that have moved.
import { type ThriftReader, WIRE } from "./thrift-reader.ts";
import { copyStruct, copyStructList, type ThriftWriter } from "./thrift-writer.ts";

/** Thrown for a valid parquet file whose row groups cannot be copied as bytes. */
export class ForeignParquetError extends Error {
  override readonly name = "ForeignParquetError";
}

/** The place of a row group. */
export interface RowGroup {
  readonly rows: number;
  /** Offset of its first byte in the file. */
  readonly start: number;
  /** Offset after its last byte. */
  readonly end: number;
}

/** Field numbers of parquet's RowGroup. */
export const GROUP = { columns: 1, bytes: 2, rows: 3, offset: 5, compressedBytes: 6, ordinal: 7 } as const;
/** Field numbers of ColumnChunk. */
const CHUNK = { path: 1, offset: 2, metadata: 3, indexes: new Set([4, 5, 6, 7]), encryption: new Set([8, 9]) } as const;
/** Field numbers of ColumnMetaData. */
const COLUMN = { compressedBytes: 7, dataOffset: 9, indexOffset: 10, dictionaryOffset: 11, bloomFilter: new Set([14, 15]) } as const;
/** The largest ordinal that fits its 16 bits. Later groups leave out this optional field. */
const MAX_ORDINAL = 32_767;

/** Parses the place of a row group. Throws ForeignParquetError unless its columns lie one after the other in [floor, ceiling). */
export function readRowGroup(reader: ThriftReader, floor: number, ceiling: number): RowGroup {
  let rows = -1;
  let start = -1;
  let end = floor;
  reader.eachField((id, type) => {
    if (id === GROUP.rows) rows = reader.integer(type);
    else if (id === GROUP.columns) {
      const { size, elementType } = reader.list(type);
      if (elementType !== WIRE.struct) throw new ForeignParquetError("its columns are not structs");
      for (let column = 0; column < size; column++) {
        const chunk = readChunk(reader);
        if (chunk.start < end || chunk.end > ceiling) throw new ForeignParquetError("its column chunks are not one after the other");
        if (start < 0) start = chunk.start;
        end = chunk.end;
      }
    } else reader.skip(type);
  });
  if (rows < 0 || start < 0) throw new ForeignParquetError("a row group has no rows or no columns");
  return { rows, start, end };
}

function readChunk(reader: ThriftReader): { start: number; end: number } {
  let bytes = -1;
  let dataOffset = -1;
  let indexOffset = 0;
  let dictionaryOffset = 0;
  reader.eachField((id, type) => {
    if (id === CHUNK.path) throw new ForeignParquetError("a column is in another file");
    if (CHUNK.encryption.has(id)) throw new ForeignParquetError("a column is encrypted");
    if (id !== CHUNK.metadata) return reader.skip(type);
    if (type !== WIRE.struct) throw new ForeignParquetError("a column's metadata is not a struct");
    reader.eachField((inner, innerType) => {
      if (inner === COLUMN.compressedBytes) bytes = reader.integer(innerType);
      else if (inner === COLUMN.dataOffset) dataOffset = reader.integer(innerType);
      else if (inner === COLUMN.indexOffset) indexOffset = reader.integer(innerType);
      else if (inner === COLUMN.dictionaryOffset) dictionaryOffset = reader.integer(innerType);
      else reader.skip(innerType);
    });
  });
  // Some writers store 0 for a page that does not exist.
  const firstIndex = indexOffset > 0 ? Math.min(indexOffset, dataOffset) : dataOffset;
  const start = dictionaryOffset > 0 ? Math.min(dictionaryOffset, firstIndex) : firstIndex;
  if (bytes < 0 || start <= 0) throw new ForeignParquetError("a column has no offset or size");
  // Parquet puts a column's dictionary before its data.
  if (dictionaryOffset > start || dataOffset >= start + bytes) throw new ForeignParquetError("a column's pages are not in order");
  return { start, end: start + bytes };
}

/** Copies the metadata of a row group whose bytes move by `shift`. Indexes outside of the group are left out. */
export function moveRowGroup(reader: ThriftReader, writer: ThriftWriter, shift: number, ordinal: number): void {
  copyStruct(reader, writer, (id, type) => {
    if (id === GROUP.columns) {
      copyStructList(reader, writer, id, type, () => moveChunk(reader, writer, shift));
    } else if (id === GROUP.offset) {
      moveOffset(reader, writer, id, type, shift);
    } else if (id === GROUP.ordinal) {
      reader.integer(type);
      if (ordinal <= MAX_ORDINAL) writer.integer(id, type, ordinal);
    } else return false;
    return true;
  });
}

/** Copies the metadata of a column chunk whose bytes move by `shift`. Indexes outside of the chunk are left out. */
export function moveChunk(reader: ThriftReader, writer: ThriftWriter, shift: number): void {
  copyStruct(reader, writer, (id, type) => {
    if (id === CHUNK.offset) moveOffset(reader, writer, id, type, shift);
    else if (CHUNK.indexes.has(id)) reader.skip(type);
    else if (id === CHUNK.metadata) {
      writer.field(id, type);
      moveColumn(reader, writer, shift);
    } else return false;
    return true;
  });
}

function moveColumn(reader: ThriftReader, writer: ThriftWriter, shift: number): void {
  copyStruct(reader, writer, (id, type) => {
    if (id === COLUMN.dataOffset || id === COLUMN.indexOffset || id === COLUMN.dictionaryOffset) {
      moveOffset(reader, writer, id, type, shift);
    } else if (COLUMN.bloomFilter.has(id)) reader.skip(type);
    else return false;
    return true;
  });
}

/** An offset of 0 stands for a missing page and stays 0. */
function moveOffset(reader: ThriftReader, writer: ThriftWriter, id: number, type: number, shift: number): void {
  const offset = reader.integer(type);
  writer.integer(id, type, offset > 0 ? offset + shift : offset);
}
