// `prep metadata DATASET`: fetches the tables of a data set from the Hugging Face hub.
import { UsageError } from "../../core/errors.ts";
import { shellWord } from "../../core/shell-word.ts";
import { fetchMetadata, repositoryToFetch } from "../../run/metadata.ts";
import { localPath } from "../local-path.ts";
import { openSession } from "../session.ts";
import type { VerbCall } from "../verb.ts";

/** Fetches the tables and prints their folder, which `--metadata` takes. */
export async function metadataCommand(call: VerbCall): Promise<void> {
  const { words, values } = call;
  const [dataset = ""] = words;
  // Report a wrong name before asking for an output.
  repositoryToFetch(dataset);
  const named = values["output"] as string | undefined;
  if (!named) throw new UsageError("no output was named", "Add --output FOLDER.");
  const output = localPath(named, "--output");
  const session = await openSession(call);
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
