// Adds a binary column, as the first one, to the metadata of a parquet footer.
import { PAGE_ENCODINGS } from "./binary-pages.ts";
import { FILE, type FooterField } from "./parquet-footer.ts";
import { GROUP, moveChunk } from "./row-group.ts";
import { ThriftError, ThriftReader, WIRE } from "./thrift-reader.ts";
import { copyStruct, ThriftWriter } from "./thrift-writer.ts";

/** Field numbers of SchemaElement, and of the list of column orders in FileMetaData. */
const ELEMENT = { type: 1, repetition: 3, name: 4, children: 5 } as const;
const COLUMN_ORDERS = 7;
const TYPE_BYTE_ARRAY = 6;
const REPETITION_OPTIONAL = 1;
const CODEC_UNCOMPRESSED = 0;

/** A column chunk that was written as binary pages. */
export interface BinaryChunk {
  readonly name: string;
  /** Offset of its first page. */
  readonly start: number;
  readonly bytes: number;
  /** Number of values, nulls included. */
  readonly values: number;
  readonly nulls: number;
}

/** Returns a field of FileMetaData with the new column in it. Only the schema and the column orders change. */
export function widenField(field: FooterField, column: string): Uint8Array {
  if (field.id !== FILE.schema && field.id !== COLUMN_ORDERS) return field.bytes;
  const reader = new ThriftReader(field.bytes);
  const writer = new ThriftWriter();
  const { size, elementType } = reader.list(field.type);
  writer.elements(elementType, size + 1);
  const isSchema = field.id === FILE.schema;
  if (isSchema) {
    copyStruct(reader, writer, (id, type) => addChild(reader, writer, id, type));
    writer.struct(() => {
      writer.integer(ELEMENT.type, WIRE.i32, TYPE_BYTE_ARRAY);
      writer.integer(ELEMENT.repetition, WIRE.i32, REPETITION_OPTIONAL);
      writer.text(ELEMENT.name, column);
    });
  } else {
    writer.struct(() => {
      // TypeDefinedOrder, the only order that parquet defines.
      writer.field(1, WIRE.struct);
      writer.struct(() => undefined);
    });
  }
  for (let index = isSchema ? 1 : 0; index < size; index++) writer.raw(reader.raw(elementType));
  return new Uint8Array(writer.take());
}

function addChild(reader: ThriftReader, writer: ThriftWriter, id: number, type: number): boolean {
  if (id !== ELEMENT.children) return false;
  writer.integer(id, type, reader.integer(type) + 1);
  return true;
}

/**
 * Copies the metadata of a row group whose bytes move by `shift`, with the chunk as its first column. The chunk's pages must
 * lie before those of the other columns: parquet-java, and so Spark, computes the place of a row group from its first
 * column, and reads no row of a group whose middle would lie beyond the end of the file. Throws Error if the rows differ.
 */
export function widenRowGroup(encoded: Uint8Array, writer: ThriftWriter, shift: number, chunk: BinaryChunk): void {
  const reader = new ThriftReader(encoded);
  copyStruct(reader, writer, (id, type) => {
    if (id === GROUP.columns) {
      const { size, elementType } = reader.list(type);
      if (elementType !== WIRE.struct) throw new ThriftError("the columns of a row group are not structs");
      writer.list(id, elementType, size + 1);
      writeChunk(writer, chunk);
      for (let index = 0; index < size; index++) moveChunk(reader, writer, shift);
    } else if (id === GROUP.rows) {
      const rows = reader.integer(type);
      if (rows !== chunk.values) throw new Error(`a row group of ${rows} rows cannot have a column of ${chunk.values}`);
      writer.integer(id, type, rows);
    } else if (id === GROUP.bytes || id === GROUP.compressedBytes) {
      writer.integer(id, type, reader.integer(type) + chunk.bytes);
    } else if (id === GROUP.offset || id === GROUP.ordinal) {
      // Both fields are optional, and the bytes of the group are no longer contiguous.
      reader.skip(type);
    } else return false;
    return true;
  });
}

function writeChunk(writer: ThriftWriter, { name, start, bytes, values, nulls }: BinaryChunk): void {
  writer.struct(() => {
    writer.integer(2, WIRE.i64, start);
    writer.field(3, WIRE.struct);
    writer.struct(() => {
      writer.integer(1, WIRE.i32, TYPE_BYTE_ARRAY);
      writer.integers(2, PAGE_ENCODINGS);
      writer.texts(3, [name]);
      writer.integer(4, WIRE.i32, CODEC_UNCOMPRESSED);
      writer.integer(5, WIRE.i64, values);
      writer.integer(6, WIRE.i64, bytes);
      writer.integer(7, WIRE.i64, bytes);
      writer.integer(9, WIRE.i64, start);
      writer.field(12, WIRE.struct);
      writer.struct(() => writer.integer(3, WIRE.i64, nulls));
    });
  });
}
