// The conductor, reading back: what is derived from records for readers, `sizes.json` and `run.json`.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { identityDigest } from "../../job/identity.ts";
import { sealState } from "../../store/seal.ts";
import type { StoredPlan } from "../download-plan.ts";
import type { Findings } from "./findings.ts";

const AGAIN = "the next start of the run writes it anew";

/** Compares both with what the records say; only asked for when every shard is done. */
export async function verifySummaries(
  output: string,
  present: ReadonlySet<string>,
  plans: readonly StoredPlan[],
  sizes: ReadonlyMap<string, number>,
  findings: Findings,
): Promise<void> {
  const add = (file: string, text: string) => findings.add({ kind: "summary", file, text: `${text}; ${AGAIN}` });
  const wanted = sizesText(sizes);
  if (!present.has("sizes.json")) add("sizes.json", "it is not there");
  else if ((await readFile(join(output, "sizes.json"), "utf8")) !== wanted) add("sizes.json", "it does not say what the records say");
  if (!present.has("run.json")) return add("run.json", "it is not there");
  const text = await readFile(join(output, "run.json"), "utf8");
  if (sealState(text) === "broken") return add("run.json", "its text is not the one that was written");
  const { run, identity } = JSON.parse(text) as { readonly run: string; readonly identity: Readonly<Record<string, unknown>> };
  const isKnown = plans.some(({ plan }) => plan.run === run);
  if (!isKnown || run !== identityDigest(identity)) add("run.json", "it speaks of a run that no plan belongs to");
}

/** How many samples each shard holds, by file name, as open_clip reads it. */
export function sizesText(sizes: ReadonlyMap<string, number>): string {
  const ordered = Object.fromEntries([...sizes].sort(([left], [right]) => (left < right ? -1 : 1)));
  return `${JSON.stringify(ordered, null, 1)}\n`;
}
