// Makes the sample of an input row.
import { stringifyExact } from "../core/json.ts";
import { sampleKey } from "../core/keys.ts";
import type { JsonValue, Sample } from "../core/sample.ts";
import type { DownloadPlan } from "../output/plans/download-plan.ts";
import type { JsonRow } from "../sql/database.ts";

/** The sample of a row of a shard. Its key follows from its position unless `key` is given. */
export function toSample(row: JsonRow, shard: number, index: number, plan: DownloadPlan, key?: string): Sample {
  return {
    key: key ?? sampleKey(shard, index, plan.shape.samplesPerShard, plan.shape.shardDigits),
    index,
    url: toText(row[plan.urlColumn]),
    caption: plan.captionColumn ? toText(row[plan.captionColumn]) : null,
    // Assigned one by one, a column called __proto__ would be lost.
    columns: Object.fromEntries(plan.carried.map(({ source, name }) => [name, row[source] ?? null])),
    ...(plan.boxColumn && { boxes: row[plan.boxColumn] ?? null }),
    ...(plan.digestColumn && { expectedDigest: toText(row[plan.digestColumn]) }),
  };
}

/** The host of a row's URL; undefined if it has none. */
export function hostOfRow(row: JsonRow, { urlColumn }: DownloadPlan): string | undefined {
  const url = toText(row[urlColumn]);
  // A `data:` URL has none.
  return (url !== null && URL.canParse(url) && new URL(url).hostname) || undefined;
}

function toText(value: JsonValue | undefined): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === "object" ? stringifyExact(value) : String(value);
}
