// `prep filter QUERY`: metadata to shuffled partitions.
import { join } from "node:path";
import { shellWord } from "../../core/shell-word.ts";
import { filter } from "../../run/filter.ts";
import { onOutput } from "../../run/on-output.ts";
import { insistOnQuery } from "../../run/queries.ts";
import { outputFolder, resources, selectionConfig } from "../configs.ts";
import { namedResources, starting, withAbsolutePaths } from "../describe-start.ts";
import { queryPlaces } from "../query-places.ts";
import { openSession } from "../session.ts";
import type { VerbCall } from "../verb.ts";
import { explainCommand } from "./explain.ts";

/** Makes the partitions and prints their folder. */
export async function filterCommand(call: VerbCall): Promise<void> {
  const { words, values, typed, verbs } = call;
  const [query = ""] = words;
  if (values["metadata"] === undefined) await insistOnQuery(query, queryPlaces(verbs));
  const selection = selectionConfig(query, values);
  if (values["explain"] === true) return await explainCommand(selection, call);
  const output = outputFolder(values, "filter");
  const session = await openSession(call);
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
