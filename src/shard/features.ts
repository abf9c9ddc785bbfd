// Stage: shard. A sample as the features of a tf.train.Example, each of one kind in every sample whatever its value.
import { type Fractions, stringifyExact } from "../core/json.ts";
import type { JsonValue, Sample } from "../core/sample.ts";
import type { Feature } from "../tfrecord/example.ts";
import { captionText, type Digest, type StoredImage, sampleRecord } from "./entries.ts";

/** What a sample's JSON or features need to know of a carried column. */
export interface CarriedTypes {
  readonly kinds: ReadonlyMap<string, FeatureKind>;
  readonly fractions: ReadonlyMap<string, Fractions>;
}

/** How a column's values become a feature: `blob` values are base64 in the sample and bytes in the feature; lists hold one of these. */
export type FeatureKind = "int64" | "float" | "text" | "blob";

/** Fields of the record that are numbers, all of them the peer's. */
const NUMBERS: ReadonlySet<string> = new Set(["width", "height", "original_width", "original_height"]);

const FLOATS = /^(FLOAT|DOUBLE|DECIMAL\(\d+,[1-9]\d*\))$/;
const INTEGERS = /^(BOOLEAN|U?(TINY|SMALL)INT|U?INTEGER|BIGINT)$/;

/** The kind of a column by its DuckDB type, lists by that of their elements. What has none, such as dates, is text. */
export function featureKind(type: string): FeatureKind {
  const element = type.replace(/\[\d*\]$/, "");
  if (INTEGERS.test(element)) return "int64";
  if (FLOATS.test(element)) return "float";
  return element === "BLOB" ? "blob" : "text";
}

/**
 * The features of a sample, with the peer's names: `key`, the image under its extension, `txt` where there are captions,
 * and each field of the JSON. A missing text is empty, a missing number has no feature, since readers replace an absent
 * feature by their default and would stumble over another kind.
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
    const isCarried = Object.hasOwn(sample.columns, name);
    const feature = toFeature(value, isCarried ? (kinds.get(name) ?? "text") : NUMBERS.has(name) ? "int64" : "text", fractions.get(name));
    if (feature) features.set(name, feature);
  }
  return features;
}

function toFeature(value: JsonValue, kind: FeatureKind, fractions?: Fractions): Feature | undefined {
  if (kind === "text")
    return isListOfTexts(value) ? { kind: "bytes", values: value.map((member) => toBytes(member)) } : text(value, fractions);
  if (value === null) return kind === "blob" ? text(null) : undefined;
  const values: readonly JsonValue[] = Array.isArray(value) ? value : [value];
  if (kind === "blob")
    return { kind: "bytes", values: values.map((member) => Buffer.from(member === null ? "" : String(member), "base64")) };
  if (kind === "float") return { kind, values: values.map((member) => (member === null ? Number.NaN : Number(member))) };
  // A list of integers has no place for one that is missing.
  const present = values.filter((member) => typeof member === "number" || typeof member === "bigint" || typeof member === "boolean");
  return { kind: "int64", values: present.map((member) => BigInt(member)) };
}

function text(value: JsonValue, fractions?: Fractions): Feature {
  return { kind: "bytes", values: [toBytes(value, fractions)] };
}

function toBytes(value: JsonValue, fractions?: Fractions): Uint8Array {
  return Buffer.from(value === null ? "" : typeof value === "string" ? value : stringifyExact(value, fractions));
}

/** Nested lists, structs and maps are one text: their JSON. */
function isListOfTexts(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value) && value.every((member) => member === null || typeof member !== "object");
}
