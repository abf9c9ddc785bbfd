// Encodes and decodes the tf.train.Example message of Protocol Buffers.

/** A feature: a list of values of one of three kinds. */
export type Feature =
  | { readonly kind: "bytes"; readonly values: readonly Uint8Array[] }
  /** Stored as 32-bit floats. */
  | { readonly kind: "float"; readonly values: readonly number[] }
  /** Signed, 64 bits. */
  | { readonly kind: "int64"; readonly values: readonly bigint[] };

/** Field numbers of TensorFlow's example.proto and feature.proto. */
const FEATURES = 1;
const FEATURE = 1;
const ENTRY = { name: 1, value: 2 } as const;
const KIND = { bytes: 1, float: 2, int64: 3 } as const;
const VALUES = 1;
/** Wire types of Protocol Buffers. */
const VARINT = 0;
const LENGTH = 2;

/** Encodes an Example. Features keep the order of the map, so equal maps give equal bytes. */
export function encodeExample(features: ReadonlyMap<string, Feature>): Buffer {
  const entries = [...features].map(([name, feature]) =>
    field(FEATURE, [...field(ENTRY.name, [Buffer.from(name)]), ...field(ENTRY.value, encodeFeature(feature))]),
  );
  return Buffer.concat(field(FEATURES, entries.flat()));
}

/** Decodes an Example, with packed or single numbers. Throws RangeError if the bytes are not a message. */
export function decodeExample(bytes: Uint8Array): Map<string, Feature> {
  const features = new Map<string, Feature>();
  for (const { number, bytes: inner } of fields(bytes)) {
    if (number !== FEATURES || !inner) continue;
    for (const { number: entryNumber, bytes: entry } of fields(inner)) {
      if (entryNumber !== FEATURE || !entry) continue;
      const members = new Map([...fields(entry)].map((member) => [member.number, member.bytes]));
      const feature = decodeFeature(members.get(ENTRY.value) ?? new Uint8Array(0));
      if (feature) features.set(Buffer.from(members.get(ENTRY.name) ?? "").toString(), feature);
    }
  }
  return features;
}

function encodeFeature(feature: Feature): Uint8Array[] {
  if (feature.kind === "bytes")
    return field(
      KIND.bytes,
      feature.values.flatMap((value) => field(VALUES, [value])),
    );
  if (feature.values.length === 0) return field(KIND[feature.kind], []);
  if (feature.kind === "int64")
    return field(
      KIND.int64,
      field(
        VALUES,
        feature.values.map((value) => varint(BigInt.asUintN(64, value))),
      ),
    );
  const floats = Buffer.alloc(4 * feature.values.length);
  for (const [index, value] of feature.values.entries()) floats.writeFloatLE(value, 4 * index);
  return field(KIND.float, field(VALUES, [floats]));
}

/** A length-delimited field whose value is these parts together. */
function field(number: number, parts: readonly Uint8Array[]): Uint8Array[] {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return [varint(BigInt((number << 3) | LENGTH)), varint(BigInt(length)), ...parts];
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

/** Undefined for a feature without a kind, which readers take for a missing one. */
function decodeFeature(bytes: Uint8Array): Feature | undefined {
  for (const { number, bytes: list } of fields(bytes)) {
    if (!list) continue;
    const values = [...fields(list)].filter((value) => value.number === VALUES);
    if (number === KIND.bytes) return { kind: "bytes", values: values.flatMap((value) => (value.bytes ? [value.bytes] : [])) };
    if (number === KIND.float) return { kind: "float", values: values.flatMap((value) => decodeFloats(value.bytes ?? new Uint8Array(0))) };
    if (number === KIND.int64) {
      const numbers = values.flatMap((value) => (value.bytes ? varintsOf(value.bytes) : [value.integer ?? 0n]));
      return { kind: "int64", values: numbers.map((value) => BigInt.asIntN(64, value)) };
    }
  }
  return undefined;
}

function decodeFloats(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / 4 }, (_, index) => view.getFloat32(4 * index, true));
}

function varintsOf(bytes: Uint8Array): bigint[] {
  const values: bigint[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const { value, end } = readVarint(bytes, offset);
    values.push(value);
    offset = end;
  }
  return values;
}

interface WireField {
  readonly number: number;
  /** The value of a length-delimited, 32-bit or 64-bit field. */
  readonly bytes?: Uint8Array;
  readonly integer?: bigint;
}

/** Walks over the fields of a message. */
function* fields(bytes: Uint8Array): Generator<WireField> {
  for (let offset = 0; offset < bytes.length; ) {
    const tag = readVarint(bytes, offset);
    const number = Number(tag.value >> 3n);
    const wire = Number(tag.value & 7n);
    const fixed = wire === 5 ? 4 : wire === 1 ? 8 : undefined;
    if (fixed !== undefined) {
      if (tag.end + fixed > bytes.length) throw new RangeError("a message ends in the middle of a field");
      yield { number, bytes: bytes.subarray(tag.end, tag.end + fixed) };
      offset = tag.end + fixed;
      continue;
    }
    if (wire !== VARINT && wire !== LENGTH) throw new RangeError(`a message has a field of wire type ${wire}`);
    const first = readVarint(bytes, tag.end);
    if (wire === VARINT) yield { number, integer: first.value };
    else if (first.end + Number(first.value) > bytes.length) throw new RangeError("a message ends in the middle of a field");
    else yield { number, bytes: bytes.subarray(first.end, first.end + Number(first.value)) };
    offset = wire === VARINT ? first.end : first.end + Number(first.value);
  }
}

function readVarint(bytes: Uint8Array, offset: number): { readonly value: bigint; readonly end: number } {
  let value = 0n;
  for (let index = offset; index < offset + 10; index++) {
    const byte = bytes[index];
    if (byte === undefined) throw new RangeError("a message ends in the middle of a number");
    value |= BigInt(byte & 127) << BigInt(7 * (index - offset));
    if (byte < 128) return { value, end: index + 1 };
  }
  throw new RangeError("a message has a number of more than 10 bytes");
}
