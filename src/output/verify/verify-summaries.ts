// Compares sizes.json and run.json with the records that they are derived from.
import { identityDigest } from "../../job/identity.ts";
import { sealState } from "../../store/seal.ts";
import { storeAt } from "../../store/store-at.ts";
import type { StoredPlan } from "../plans/download-plan.ts";
import type { Findings } from "./findings.ts";

const REMEDY = "the next start of the run writes it again";

/** Compares both files with the records. Callers ask only when every shard is done. */
export async function verifySummaries(
  output: string,
  present: ReadonlySet<string>,
  plans: readonly StoredPlan[],
  sizes: ReadonlyMap<string, number>,
  findings: Findings,
): Promise<void> {
  const add = (file: string, text: string) => findings.add({ kind: "summary", file, text: `${text}; ${REMEDY}` });
  const wanted = sizesText(sizes);
  if (!present.has("sizes.json")) add("sizes.json", "it is missing");
  else if ((await storeAt(output).readText("sizes.json")) !== wanted) add("sizes.json", "it disagrees with the records");
  if (!present.has("run.json")) return add("run.json", "it is missing");
  const text = await storeAt(output).readText("run.json");
  if (sealState(text) === "broken") return add("run.json", "its text differs from what was written");
  const { run, identity } = JSON.parse(text) as { readonly run: string; readonly identity: Readonly<Record<string, unknown>> };
  const isKnown = plans.some(({ plan }) => plan.run === run);
  if (!isKnown || run !== identityDigest(identity)) add("run.json", "it names a run that has no plan");
}

/** The text of `sizes.json`: the number of samples by shard file, as open_clip reads it. */
export function sizesText(sizes: ReadonlyMap<string, number>): string {
  const ordered = Object.fromEntries([...sizes].sort(([left], [right]) => (left < right ? -1 : 1)));
  return `${JSON.stringify(ordered, null, 1)}\n`;
}
