// A sample as features of a tf.train.Example; a feature has the same kind in every sample.
import { type Fractions, stringifyExact } from "../core/json.ts";
import type { JsonValue, Sample } from "../core/sample.ts";
import type { Feature } from "../tfrecord/example.ts";
import { captionText, type Digest, type StoredImage, sampleRecord } from "./entries.ts";

/** What a sample's JSON or features need to know of the carried columns, by name. */
export interface CarriedTypes {
  readonly kinds: ReadonlyMap<string, FeatureKind>;
  readonly fractions: ReadonlyMap<string, Fractions>;
}

/** How a column's values become a feature. `blob` values are base64 in the sample and bytes in the feature. */
export interface FeatureKind {
  readonly of: "int64" | "float" | "text" | "blob";
  /** Whether the value is a list of these. Any other nested value becomes one text, its JSON. */
  readonly isList: boolean;
}

/** Fields of the record that are numbers. */
const NUMBERS: ReadonlySet<string> = new Set(["width", "height", "original_width", "original_height"]);

const NUMBER: FeatureKind = { of: "int64", isList: false };
const TEXT: FeatureKind = { of: "text", isList: false };

const FLOATS = /^(FLOAT|DOUBLE|DECIMAL\(\d+,[1-9]\d*\))$/;
const INTEGERS = /^(BOOLEAN|U?(TINY|SMALL)INT|U?INTEGER|BIGINT)$/;

/** The kind of a column of a DuckDB type. Dates, wide integers, structs, maps and lists of lists become text. */
export function featureKind(type: string): FeatureKind {
  const element = type.replace(/\[\d*\]$/, "");
  if (element === type || /\]$|^(STRUCT|MAP|UNION|VARIANT)\b/.test(element)) return { of: scalarKind(type), isList: false };
  return { of: scalarKind(element), isList: true };
}

function scalarKind(type: string): FeatureKind["of"] {
  if (INTEGERS.test(type)) return "int64";
  if (FLOATS.test(type)) return "float";
  return type === "BLOB" ? "blob" : "text";
}

/**
 * The features of a sample under img2dataset's names: `key`, the image under its extension, `txt` if there are captions, and
 * each field of the JSON. A missing text is empty. A missing number or list has no feature: readers put their default for
 * an absent feature and fail on one of another kind. In a list, a missing text or BLOB is empty, a missing float is NaN, and
 * a missing integer is left out.
 */
export function sampleFeatures(
  sample: Sample,
  stored: StoredImage,
  digest: Digest | undefined,
  withCaption: boolean,
  { kinds, fractions }: CarriedTypes,
): Map<string, Feature> {
  const features = new Map<string, Feature>([
    ["key", text(sample.key)],
    [stored.extension, { kind: "bytes", values: [stored.image] }],
  ]);
  if (withCaption) features.set("txt", text(captionText(sample.caption)));
  for (const [name, value] of Object.entries(sampleRecord(sample, stored, digest, withCaption))) {
    const kind = Object.hasOwn(sample.columns, name) ? kinds.get(name) : NUMBERS.has(name) ? NUMBER : undefined;
    const feature = toFeature(value, kind ?? TEXT, fractions.get(name));
    if (feature) features.set(name, feature);
  }
  return features;
}

function toFeature(value: JsonValue, { of, isList }: FeatureKind, fractions?: Fractions): Feature | undefined {
  if (value === null && (isList || of === "int64" || of === "float")) return undefined;
  const values: readonly JsonValue[] = isList && Array.isArray(value) ? value : [value];
  switch (of) {
    case "text":
      return { kind: "bytes", values: values.map((member) => toBytes(member, fractions)) };
    case "blob":
      return { kind: "bytes", values: values.map((member) => Buffer.from(member === null ? "" : String(member), "base64")) };
    case "float":
      return { kind: "float", values: values.map((member) => (member === null ? Number.NaN : Number(member))) };
    case "int64":
      return { kind: "int64", values: values.filter(isInteger).map((member) => BigInt(member)) };
  }
}

function isInteger(value: JsonValue): value is number | bigint | boolean {
  return typeof value === "number" || typeof value === "bigint" || typeof value === "boolean";
}

function text(value: JsonValue): Feature {
  return { kind: "bytes", values: [toBytes(value)] };
}

function toBytes(value: JsonValue, fractions?: Fractions): Uint8Array {
  return Buffer.from(value === null ? "" : typeof value === "string" ? value : stringifyExact(value, fractions));
}
