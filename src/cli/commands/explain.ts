// The process edge: `--explain`, the plan of stage one and nothing else.
import type { SelectionConfig } from "../../job/config.ts";
import { explainSelection } from "../../selection/explain.ts";
import { resources } from "../configs.ts";
import type { OptionValues } from "../options/commander-options.ts";
import { openSession } from "../session.ts";

/** Prints the plan on stdout. */
export async function explainCommand(selection: SelectionConfig, values: OptionValues): Promise<void> {
  const session = await openSession(values);
  const output = values["output"] as string | undefined;
  for (const line of await explainSelection(selection, output, resources(values), session.effects)) process.stdout.write(`${line}\n`);
  session.end();
}
