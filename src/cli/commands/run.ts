// `prep QUERY`: the whole job.
import { UsageError } from "../../core/errors.ts";
import { onOutput } from "../../run/on-output.ts";
import { insistOnQuery } from "../../run/queries.ts";
import { run } from "../../run/run.ts";
import { downloadSettings, outputFolder, resources, selectionConfig, shapeConfig } from "../configs.ts";
import { namedResources, starting, withAbsolutePaths } from "../describe-start.ts";
import { noticesFor } from "../ineffective-options.ts";
import { queryPlaces } from "../query-places.ts";
import { givenOptions } from "../recorded-limits.ts";
import { openSession } from "../session.ts";
import type { VerbCall } from "../verb.ts";
import { explainCommand } from "./explain.ts";

/** Runs the whole job and prints its summary. */
export async function runCommand(call: VerbCall): Promise<void> {
  const { words, values, isDefault, typed, verbs } = call;
  const [query] = words;
  if (query === undefined)
    throw new UsageError(
      "no query was named",
      'Put it first: prep <query> --metadata "laion/*.parquet" --output OUT. "prep demo" needs nothing.',
    );
  if (values["metadata"] === undefined) await insistOnQuery(query, queryPlaces(verbs));
  const selection = selectionConfig(query, values);
  if (values["explain"] === true) return await explainCommand(selection, call);
  const output = outputFolder(values, "run");
  const shape = shapeConfig(values, "run");
  const session = await openSession(call);
  for (const text of noticesFor(values)) session.effects.emit({ event: "notice", text });
  try {
    const settings = downloadSettings(values, session.effects.version, givenOptions(values, isDefault));
    const started = { verb: "run", selection: withAbsolutePaths(selection), shape, resources: namedResources(values) } as const;
    const effects = { ...session.effects, start: starting(typed, values, started, settings) };
    session.finish(await onOutput(output, () => run({ output, selection, shape, settings, resources: resources(values) }, effects)));
  } finally {
    session.end();
  }
}
