// A parquet footer's metadata with one binary column more, in front of the others.
import { PAGE_ENCODINGS } from "./binary-pages.ts";
import { FILE, type FooterField } from "./parquet-footer.ts";
import { GROUP, moveChunk } from "./row-group.ts";
import { ThriftError, ThriftReader, WIRE } from "./thrift-reader.ts";
import { copyStruct, ThriftWriter } from "./thrift-writer.ts";

/** Field numbers of SchemaElement, and of FileMetaData's list of column orders. */
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
  /** How many values, nulls among them. */
  readonly values: number;
  readonly nulls: number;
}

/** A field of the whole file, changed where the new column shows in it: the schema and the column orders. */
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
      // The order that follows from the type, the only one that there is.
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
 * Copies a row group's metadata as that of the same bytes `shift` further on, with the chunk as the first column. Its pages
 * must come before the others in the file: parquet-java, and so Spark, reckons where a row group is from its first column,
 * and reads no row of one whose middle would lie behind the end of the file.
 */
export function widenRowGroup(encoded: Uint8Array, writer: ThriftWriter, shift: number, chunk: BinaryChunk): void {
  const reader = new ThriftReader(encoded);
  copyStruct(reader, writer, (id, type) => {
    if (id === GROUP.columns) {
      const { size, elementType } = reader.list(type);
      if (elementType !== WIRE.struct) throw new ThriftError("the columns of a row group are no structs");
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
      // Both are optional, and the group's bytes no longer begin at one place.
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
