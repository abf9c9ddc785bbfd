// Profiles the view `metadata`: runs the SELECT and turns its row into a profile.
import type { JsonValue } from "../core/sample.ts";
import type { ColumnType, Database, JsonRow } from "../sql/database.ts";
import type { Profile, ProfiledNumber, Share } from "./profile.ts";
import { type NumberSpec, numbersOf, profileSelect, quantilesSelect, SKETCH_ROWS, SKETCH_WIDTH } from "./profile-sql.ts";

/** URLs to count. DuckDB's approx_count_distinct errs by more than 10 %, too much to see duplicates; a sample of 100,000 URLs errs by 0.3 %. */
const SAMPLED_URLS = 200_000;
/** Rows to sample. With 500,000, a share of 1 % has an error of 0.014 %, and a quantile is within 0.1 % of the rows of its place. */
const SAMPLED_ROWS = 500_000;
/** A number with fewer sampled values is read again from all rows. */
const LEAST_SAMPLED = 10_000;

/**
 * Profiles these columns of the view `metadata`, in one pass unless a number is rare. `expectedRows` is how many rows it has or may
 * have. Throws SqlError if a row cannot be read.
 */
export async function readProfile(database: Database, columns: readonly ColumnType[], expectedRows: number): Promise<Profile> {
  const oneIn = (sampled: number) => Math.max(1, Math.ceil(expectedRows / sampled));
  const sampling = { urls: oneIn(SAMPLED_URLS), rows: oneIn(SAMPLED_ROWS) };
  const [row = {}] = await database.rows(profileSelect(columns, sampling));
  const sampled = optionalNumber(row["sampled_urls"]);
  const rows = Number(row["rows"]);
  const sampledRows = Number(row["sampled_rows"]);
  const estimated = (shares: readonly Share[]) =>
    shares.map(({ value, count }) => ({ value, count: Math.round((count * rows) / Math.max(sampledRows, 1)) }));
  const counts = listOf(row["counts"]).map(Number);
  const numbers = numbersOf(columns);
  const found = numbers.map((_, index) => objectOf(row[`number_${index}`]));
  const rare = numbers.filter((_, index) => isTooRare(found[index] ?? {}));
  const [again = {}] = rare.length === 0 ? [] : await database.rows(quantilesSelect(rare));
  return {
    rows,
    sampledRows,
    columns: columns.map(({ name, type }, index) => ({ name, type, nulls: rows - (counts[index] ?? 0) })),
    numbers: numbers.map((spec, index) => {
      const all = rare.indexOf(spec);
      return numberOf(spec, { ...found[index], ...(all < 0 ? {} : { quantiles: again[`number_${all}`] ?? null }) });
    }),
    distinctUrls: sampled === null ? null : sampled * sampling.urls,
    otherSchemes: optionalNumber(row["other_schemes"]),
    hosts: estimated(await hostShares(database, row)),
    languages: sharesOf(row["languages"]),
    formats: estimated(sharesOf(row["formats"])),
  };
}

function isTooRare({ values, sampled }: Readonly<Record<string, JsonValue>>): boolean {
  return Number(sampled) < Math.min(LEAST_SAMPLED, Number(values));
}

function numberOf({ name, edge }: NumberSpec, value: Readonly<Record<string, JsonValue>>): ProfiledNumber {
  const minimum = optionalNumber(value["minimum"]);
  const maximum = optionalNumber(value["maximum"]);
  const bins = Object.entries(objectOf(value["bins"]))
    .map(([bin, count]) => ({ bin: Number(bin), count: Number(count) }))
    .sort((left, right) => left.bin - right.bin);
  return {
    name,
    values: Number(value["values"]),
    unusable: Number(value["unusable"]),
    minimum,
    maximum,
    quantiles: listOf(value["quantiles"]).map(Number),
    // The first and last bins also hold values far outside.
    bins: bins.map(({ bin, count }, index) => ({
      from: index === 0 ? Math.min(edge(bin), minimum ?? edge(bin)) : edge(bin),
      to: index === bins.length - 1 ? Math.max(edge(bin + 1), maximum ?? 0) : edge(bin + 1),
      count,
    })),
  };
}

/**
 * Estimates how many rows the most frequent hosts have. approx_top_k names hosts but does not count them. Each counter of the
 * sketch holds a host's count plus those of the hosts that share it. So the smaller counter is taken, minus the average of the
 * others (count-mean-min, Deng and Rafiei).
 */
async function hostShares(database: Database, row: JsonRow): Promise<Share[]> {
  const hosts = listOf(row["hosts"]).flatMap((host) => (typeof host === "string" ? [host] : []));
  if (hosts.length === 0) return [];
  const sketches = SKETCH_ROWS.map((_, index) => objectOf(row[`sketch_${index}`]));
  const all = Object.values(sketches[0] ?? {}).reduce((sum: number, count) => sum + Number(count), 0);
  const counters = await database.rows(
    `SELECT host, ${SKETCH_ROWS.map((counter, index) => `${counter} AS counter_${index}`).join(", ")} FROM (SELECT unnest($hosts::JSON::VARCHAR[]) AS host)`,
    { hosts: JSON.stringify(hosts) },
  );
  return counters
    .map((place) => {
      const counts = sketches.map((sketch, index) => Number(sketch[String(place[`counter_${index}`])] ?? 0));
      const least = Math.min(...counts);
      return { value: String(place["host"]), count: Math.max(1, Math.round(least - (all - least) / (SKETCH_WIDTH - 1))) };
    })
    .sort((left, right) => right.count - left.count || (left.value < right.value ? -1 : 1));
}

function sharesOf(value: JsonValue | undefined): Share[] {
  return Object.entries(objectOf(value))
    .map(([name, count]) => ({ value: name, count: Number(count) }))
    .sort((left, right) => right.count - left.count || (left.value < right.value ? -1 : 1));
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

function objectOf(value: JsonValue | undefined): Readonly<Record<string, JsonValue>> {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Readonly<Record<string, JsonValue>>) : {};
}

function optionalNumber(value: JsonValue | undefined): number | null {
  return value === null || value === undefined ? null : Number(value);
}
