// The process edge: `prep filter`, stage one alone.
import { join } from "node:path";
import { shellWord } from "../../core/shell-word.ts";
import { onOutput } from "../../output/on-output.ts";
import { insistOnQuery } from "../../run/insist-on-query.ts";
import { filter } from "../../run/run.ts";
import { outputFolder, resources, selectionConfig } from "../configs.ts";
import type { OptionValues } from "../options/commander-options.ts";
import { queryPlaces } from "../query-places.ts";
import { openSession } from "../session.ts";
import { namedResources, starting, withAbsolutePaths } from "../starting.ts";
import { explainCommand } from "./explain.ts";

/** Makes the partitions and prints their folder. */
export async function filterCommand(query: string, values: OptionValues, typed: readonly string[]): Promise<void> {
  if (values["metadata"] === undefined) await insistOnQuery(query, queryPlaces());
  const selection = selectionConfig(query, values);
  if (values["explain"] === true) return await explainCommand(selection, values);
  const output = outputFolder(values, "filter");
  const session = await openSession(values);
  try {
    const samplesPerShard = values["numberSamplePerShard"] as number;
    const started = {
      verb: "filter",
      selection: withAbsolutePaths(selection),
      samplesPerShard,
      resources: namedResources(values),
    } as const;
    const effects = { ...session.effects, start: starting(typed, values, started) };
    await onOutput(output, () => filter({ output, selection, samplesPerShard, resources: resources(values) }, effects));
    session.end();
    session.say(`\nnext:\n  download them  prep download ${shellWord(join(output, "partitions"))} --output ${shellWord(output)}`);
    if (values["json"] !== true) process.stdout.write(`${join(output, "partitions")}\n`);
  } finally {
    session.end();
  }
}
