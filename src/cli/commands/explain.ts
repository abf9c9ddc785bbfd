// `--explain`: prints the plan of the selection and does nothing else.
import type { SelectionConfig } from "../../job/config.ts";
import { explainSelection } from "../../run/explain.ts";
import { resources } from "../configs.ts";
import { openSession } from "../session.ts";
import type { VerbCall } from "../verb.ts";

/** Prints the plan on stdout. */
export async function explainCommand(selection: SelectionConfig, call: VerbCall): Promise<void> {
  const { values } = call;
  const session = await openSession(call);
  const output = values["output"] as string | undefined;
  for (const line of await explainSelection(selection, output, resources(values), session.effects)) process.stdout.write(`${line}\n`);
  session.end();
}
