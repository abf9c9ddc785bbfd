// Writes Thrift's compact protocol, and copies structs with their unknown fields.
import { ThriftError, type ThriftReader, WIRE } from "./thrift-reader.ts";

/** Writes consecutive values into memory that grows as needed. */
export class ThriftWriter {
  #bytes = Buffer.allocUnsafe(4096);
  #length = 0;
  #lastId = 0;

  /** Takes the bytes written since the last call, as a view that is valid until the next write. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    return taken;
  }

  /** Bytes that were not taken yet. */
  get length(): number {
    return this.#length;
  }

  /** Writes a struct: the outermost one, an element of a list, or the value of a field. */
  struct(writeFields: () => void): void {
    const outer = this.#lastId;
    this.#lastId = 0;
    writeFields();
    this.stop();
    this.#lastId = outer;
  }

  /** Ends a struct whose fields were written outside of `struct`. */
  stop(): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = WIRE.stop;
  }

  /** Writes the header of a field. The caller writes its value next. */
  field(id: number, type: number): void {
    const delta = id - this.#lastId;
    this.#lastId = id;
    this.#reserve(1);
    if (delta > 0 && delta < 16) this.#bytes[this.#length++] = (delta << 4) | type;
    else {
      this.#bytes[this.#length++] = type;
      this.#zigzag(id);
    }
  }

  /** Writes a field with an i16, i32 or i64. Throws ThriftError if the value cannot be written exactly. */
  integer(id: number, type: number, value: number): void {
    if (!Number.isSafeInteger(value * 2)) throw new ThriftError(`${value} cannot be written exactly`);
    this.field(id, type);
    this.#zigzag(value);
  }

  /** Writes a field with a text. */
  text(id: number, text: string): void {
    this.field(id, WIRE.binary);
    this.#text(text);
  }

  /** Writes a field with a list of i32. */
  integers(id: number, values: readonly number[]): void {
    this.list(id, WIRE.i32, values.length);
    for (const value of values) this.#zigzag(value);
  }

  /** Writes a field with a list of texts. */
  texts(id: number, texts: readonly string[]): void {
    this.list(id, WIRE.binary, texts.length);
    for (const text of texts) this.#text(text);
  }

  /** Writes the header of a field with a list. The caller writes the elements next. */
  list(id: number, elementType: number, size: number): void {
    this.field(id, WIRE.list);
    this.elements(elementType, size);
  }

  /** Writes the header of a list without its field's. The caller writes the elements next. */
  elements(elementType: number, size: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = (Math.min(size, 15) << 4) | elementType;
    if (size >= 15) this.#varint(size);
  }

  /** Writes an encoded value. */
  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #text(text: string): void {
    const bytes = Buffer.from(text);
    this.#varint(bytes.length);
    this.raw(bytes);
  }

  #zigzag(value: number): void {
    this.#varint(value < 0 ? -value * 2 - 1 : value * 2);
  }

  #varint(value: number): void {
    this.#reserve(10);
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.#bytes[this.#length++] = (rest % 128) | 128;
    this.#bytes[this.#length++] = rest;
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + count));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

/** Copies a struct. `change` returns true for each field that it has consumed from the reader and handled itself. */
export function copyStruct(reader: ThriftReader, writer: ThriftWriter, change: (id: number, type: number) => boolean): void {
  writer.struct(() => {
    reader.eachField((id, type) => {
      if (change(id, type)) return;
      writer.field(id, type);
      writer.raw(reader.raw(type));
    });
  });
}

/** Copies a field with a list of structs; `copyElement` copies each of them. */
export function copyStructList(reader: ThriftReader, writer: ThriftWriter, id: number, type: number, copyElement: () => void): void {
  const { size, elementType } = reader.list(type);
  if (elementType !== WIRE.struct) throw new ThriftError(`elements have wire type ${elementType} and should be structs`);
  writer.list(id, elementType, size);
  for (let index = 0; index < size; index++) copyElement();
}
