// The process edge: `prep metadata`, the tables of a data set fetched from the hub.
import { UsageError } from "../../core/errors.ts";
import { shellWord } from "../../core/shell-word.ts";
import { fetchMetadata, repositoryToFetch } from "../../run/metadata.ts";
import { localPath } from "../local-path.ts";
import type { OptionValues } from "../options/commander-options.ts";
import { openSession } from "../session.ts";

/** Fetches, and prints the folder that `--metadata` takes. */
export async function metadataCommand(dataset: string, values: OptionValues): Promise<void> {
  // A name that is none is worth saying before an output is asked for.
  repositoryToFetch(dataset);
  const named = values["output"] as string | undefined;
  if (!named) throw new UsageError("no output was named", "Add --output FOLDER.");
  const output = localPath(named, "--output");
  const session = await openSession(values);
  try {
    const globs = (values["files"] as string[] | undefined) ?? [];
    await fetchMetadata({ dataset, revision: values["revision"] as string | undefined, globs, output }, session.effects);
    session.end();
    session.say(`\nnext:\n  look at them  prep describe ${shellWord(output)}\n  explore them  prep shell --metadata ${shellWord(output)}`);
    if (values["json"] !== true) process.stdout.write(`${output}\n`);
  } finally {
    session.end();
  }
}
