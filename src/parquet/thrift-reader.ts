// Reads Thrift's compact protocol, the encoding of parquet footers, and skips unknown fields.

/** The wire types of the compact protocol. */
export const WIRE = {
  stop: 0,
  true: 1,
  false: 2,
  byte: 3,
  i16: 4,
  i32: 5,
  i64: 6,
  double: 7,
  binary: 8,
  list: 9,
  set: 10,
  map: 11,
  struct: 12,
  uuid: 13,
} as const;

/** Bytes of values with a fixed width. A boolean has none, because its value is its type. */
const FIXED_WIDTH: Readonly<Record<number, number>> = {
  [WIRE.true]: 0,
  [WIRE.false]: 0,
  [WIRE.byte]: 1,
  [WIRE.double]: 8,
  [WIRE.uuid]: 16,
};

/** Deeper than any real footer, and not so deep that a corrupt one exhausts the stack. */
const MAX_DEPTH = 64;

/** Thrown for bytes that are not a value of the compact protocol. */
export class ThriftError extends Error {
  override readonly name: string = "ThriftError";
}

/** Thrown if the bytes end inside a value; with more bytes it may be valid. */
export class TruncatedThriftError extends ThriftError {
  override readonly name = "TruncatedThriftError";

  constructor() {
    super("a value continues beyond the end");
  }
}

/** Reads consecutive values. Every read is checked against the end of the bytes and throws ThriftError. */
export class ThriftReader {
  readonly #bytes: Uint8Array;
  /** Offset of the next value. */
  position: number;

  constructor(bytes: Uint8Array, position = 0) {
    this.#bytes = bytes;
    this.position = position;
  }

  /** Walks over the fields of a struct. `visit` must consume each value. */
  eachField(visit: (id: number, type: number) => void): void {
    let id = 0;
    for (let header = this.#byte(); header !== WIRE.stop; header = this.#byte()) {
      id = this.#fieldId(header, id);
      visit(id, header & 15);
    }
  }

  /** Reads the header of a field, given the id of the field before it. Undefined at the end of the struct. */
  field(lastId: number): { readonly id: number; readonly type: number } | undefined {
    const header = this.#byte();
    return header === WIRE.stop ? undefined : { id: this.#fieldId(header, lastId), type: header & 15 };
  }

  /** Reads the header of a list: the number and wire type of its elements. */
  list(type: number): { readonly size: number; readonly elementType: number } {
    if (type !== WIRE.list && type !== WIRE.set) throw new ThriftError(`a list has wire type ${type}`);
    const header = this.#byte();
    return { size: header >> 4 === 15 ? this.#varint() : header >> 4, elementType: header & 15 };
  }

  /** Reads an i16, i32 or i64. Throws ThriftError beyond 2^53. */
  integer(type: number): number {
    if (type !== WIRE.i16 && type !== WIRE.i32 && type !== WIRE.i64) throw new ThriftError(`an integer has wire type ${type}`);
    return this.#zigzag();
  }

  /** Reads a text or byte string, as a view of the bytes. */
  binary(type: number): Uint8Array {
    if (type !== WIRE.binary) throw new ThriftError(`a byte string has wire type ${type}`);
    const length = this.#varint();
    this.#advance(length);
    return this.#bytes.subarray(this.position - length, this.position);
  }

  /** Skips a value and returns its encoding, as a view of the bytes. */
  raw(type: number): Uint8Array {
    const start = this.position;
    this.#skip(type, 0);
    return this.#bytes.subarray(start, this.position);
  }

  /** Skips a value. */
  skip(type: number): void {
    this.#skip(type, 0);
  }

  #skip(type: number, depth: number): void {
    if (depth > MAX_DEPTH) throw new ThriftError("values are nested too deeply");
    const width = FIXED_WIDTH[type];
    if (width !== undefined) this.#advance(width);
    else if (type === WIRE.i16 || type === WIRE.i32 || type === WIRE.i64) this.#skipVarint();
    else if (type === WIRE.binary) this.#advance(this.#varint());
    else if (type === WIRE.struct) this.#skipStruct(depth);
    else if (type === WIRE.list || type === WIRE.set) {
      const { size, elementType } = this.list(type);
      for (let index = 0; index < size; index++) this.#skipElement(elementType, depth);
    } else if (type === WIRE.map) this.#skipMap(depth);
    else throw new ThriftError(`there is no wire type ${type}`);
  }

  #skipStruct(depth: number): void {
    for (let header = this.#byte(); header !== WIRE.stop; header = this.#byte()) {
      if (header >> 4 === 0) this.#skipVarint();
      this.#skip(header & 15, depth + 1);
    }
  }

  #skipMap(depth: number): void {
    const size = this.#varint();
    const types = size === 0 ? 0 : this.#byte();
    for (let index = 0; index < size; index++) {
      this.#skipElement(types >> 4, depth);
      this.#skipElement(types & 15, depth);
    }
  }

  /** A boolean takes one byte in a list and none in a struct. */
  #skipElement(type: number, depth: number): void {
    if (type === WIRE.true || type === WIRE.false) this.#advance(1);
    else this.#skip(type, depth + 1);
  }

  #fieldId(header: number, lastId: number): number {
    return header >> 4 === 0 ? this.#zigzag() : lastId + (header >> 4);
  }

  #byte(): number {
    const byte = this.#bytes[this.position];
    if (byte === undefined) throw new TruncatedThriftError();
    this.position++;
    return byte;
  }

  #advance(count: number): void {
    if (count > this.#bytes.length - this.position) throw new TruncatedThriftError();
    this.position += count;
  }

  #skipVarint(): void {
    for (let length = 1; this.#byte() >= 128; length++) if (length === 10) throw new ThriftError("an integer is too long");
  }

  #varint(): number {
    let value = 0;
    // Shifts are limited to 32 bits, so the groups are multiplied. Eight groups of 7 bits cannot round to a safe integer.
    for (let scale = 1; scale <= 2 ** 49; scale *= 128) {
      const byte = this.#byte();
      value += (byte & 127) * scale;
      if (byte < 128) {
        if (value > Number.MAX_SAFE_INTEGER) break;
        return value;
      }
    }
    throw new ThriftError("an integer is too large");
  }

  #zigzag(): number {
    const value = this.#varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}
