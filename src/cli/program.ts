// Builds the command line from the tables, runs it, and sets the exit code.
import { Command, CommanderError } from "commander";
import { insistOnAddressSpace } from "../run/address-space.ts";
import { writeText } from "./display/text-style.ts";
import { explainError } from "./explain-error.ts";
import { HELP_FORMAT } from "./help-format.ts";
import { expandPathOptions } from "./local-path.ts";
import { normalizeArguments } from "./normalize-arguments.ts";
import { addOptions, applyEnvironment } from "./options/commander-options.ts";
import { refuseMisplacedOptions } from "./options/misplaced-options.ts";
import { unknownVariables } from "./options/unknown-variables.ts";
import { packageVersion } from "./package-facts.ts";
import type { VerbCommand, VerbSpec } from "./verb.ts";
import { VERBS } from "./verbs.ts";

const EXAMPLES = `
Examples:
  the whole job on a generated sample
    prep demo
  filter, shuffle, download, pack
    prep high-resolution --metadata laion/ --output out/
  a query on the command line
    prep "SELECT * FROM metadata WHERE width > 512" \\
      --metadata laion/ --output out/
  partitions only
    prep filter mine.sql --metadata laion/ --output out/
  any list of URLs, as img2dataset does
    prep download list.parquet --url-col URL --output out/

A second start with the same --output continues.
"prep run --help" lists all options.`;

/** All verbs with their options; `typed` are the words after `prep`, for the record of a start. */
export function program(typed: readonly string[] = []): Command {
  const root = new Command("prep")
    .description("Filters image/text metadata with SQL, shuffles it, downloads the images and packs training shards.")
    .usage("<query> --metadata <path...> --output <folder> [options]")
    .version(packageVersion(), "-v, --version")
    .addHelpText("after", EXAMPLES)
    .showSuggestionAfterError()
    .exitOverride()
    .configureHelp(HELP_FORMAT)
    .configureOutput({ outputError: (text) => writeText(process.stderr, text.trimEnd()) });
  for (const verb of VERBS) {
    if (verb.load) addVerb(root, verb, verb.load, typed);
    else reserveVerb(root, verb);
  }
  for (const command of root.commands) command.exitOverride().showSuggestionAfterError().helpCommand(false);
  return root;
}

function addVerb(root: Command, verb: VerbSpec, load: () => Promise<VerbCommand>, typed: readonly string[]): void {
  const command = root.command(verb.name, { isDefault: verb.isDefault === true, hidden: verb.isHidden === true }).description(verb.help);
  if (verb.argument) command.argument(verb.argument.usage, verb.argument.help);
  addOptions(command, verb.name);
  command.hook("preAction", () => {
    if (verb.downloadsHere) insistOnAddressSpace(process.env["NODE_OPTIONS"]);
    applyEnvironment(command, verb.name, process.env);
    const isTold = !verb.isHidden && command.getOptionValue("json") !== true && command.getOptionValue("quiet") !== true;
    for (const text of isTold ? unknownVariables(process.env) : []) writeText(process.stderr, `notice: ${text}`);
    expandPathOptions(command);
  });
  command.action(async () => {
    const run = await load();
    await run({
      words: command.args,
      values: command.opts(),
      isDefault: (name) => command.getOptionValueSource(name) === "default",
      typed,
      verbs: VERBS,
    });
  });
}

/** A later version may have the verb, so no query may have its name today. */
function reserveVerb(root: Command, { name }: VerbSpec): void {
  const reserved = root.command(name, { hidden: true }).argument("[words...]").allowUnknownOption();
  reserved.action(() => {
    const hint = `for a query of that name write ./queries/${name}.sql`;
    throw new CommanderError(2, "prep.reserved", `error: "${name}" is a verb that this version does not have yet; ${hint}`);
  });
}

/** Does what the arguments say, to the end. Sets `process.exitCode` if it is not 0. */
export async function runProgram(words: readonly string[]): Promise<void> {
  if (words.length === 0) {
    program(words).outputHelp({ error: true });
    process.exitCode = 2;
    return;
  }
  let started: Command | undefined;
  try {
    const root = program(words).hook("preAction", (_, command) => {
      started = command;
    });
    const normalized = normalizeArguments(words);
    refuseMisplacedOptions(normalized, VERBS);
    await root.parseAsync(normalized, { from: "user" });
  } catch (error) {
    process.exitCode = await explainError(error, words, started);
  }
}
