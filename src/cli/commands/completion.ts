// `prep completion SHELL`: prints a script that completes words in a shell.
import { UsageError } from "../../core/errors.ts";
import { listQueries } from "../../run/queries.ts";
import { bashScript } from "../completion/bash.ts";
import { type CompletedWords, completedWords } from "../completion/completed-words.ts";
import { fishScript } from "../completion/fish.ts";
import { zshScript } from "../completion/zsh.ts";
import { PACKAGE_FOLDER } from "../package-facts.ts";
import { queryPlaces } from "../query-places.ts";
import type { VerbCall } from "../verb.ts";

const SCRIPTS: Readonly<Record<string, (words: CompletedWords) => string>> = { bash: bashScript, zsh: zshScript, fish: fishScript };

/** Prints the script. Throws UsageError for another shell. */
export async function completionCommand({ words: [shell = ""], verbs }: VerbCall): Promise<void> {
  const script = SCRIPTS[shell.toLowerCase()];
  if (!script) throw new UsageError(`there is no completion for ${shell}`, `Name one of ${Object.keys(SCRIPTS).join(", ")}.`);
  // Queries of the working directory are found when they are completed.
  const shipped = await listQueries({ ...queryPlaces(verbs), directory: PACKAGE_FOLDER });
  const names = shipped.map(({ name }) => name).filter((name) => /^[\w.-]+$/.test(name));
  process.stdout.write(script(completedWords(verbs, names)));
}
