// The process edge: `prep <query>`, the whole job.
import { UsageError } from "../../core/errors.ts";
import { onOutput } from "../../output/on-output.ts";
import { insistOnQuery } from "../../run/insist-on-query.ts";
import { run } from "../../run/run.ts";
import { downloadSettings, outputFolder, resources, selectionConfig, shapeConfig } from "../configs.ts";
import { noticesFor } from "../notices.ts";
import type { OptionValues } from "../options/commander-options.ts";
import { queryPlaces } from "../query-places.ts";
import { givenOptions } from "../recorded-limits.ts";
import { openSession } from "../session.ts";
import { namedResources, starting, withAbsolutePaths } from "../starting.ts";
import { explainCommand } from "./explain.ts";

/** Runs the whole job and prints its summary. */
export async function runCommand(
  query: string | undefined,
  values: OptionValues,
  isDefault: (name: string) => boolean,
  typed: readonly string[],
): Promise<void> {
  if (query === undefined)
    throw new UsageError(
      "no query was named",
      'Put it first: prep <query> --metadata "laion/*.parquet" --output OUT. "prep demo" needs nothing.',
    );
  if (values["metadata"] === undefined) await insistOnQuery(query, queryPlaces());
  const selection = selectionConfig(query, values);
  if (values["explain"] === true) return await explainCommand(selection, values);
  const output = outputFolder(values, "run");
  const shape = shapeConfig(values, "run");
  const session = await openSession(values);
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
