// The process edge: arguments in, exit code out. The only place that catches a run's error.
import { existsSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { hintWithCommand, PrepError } from "../core/errors.ts";
import { nearestName } from "../core/nearest.ts";
import { shellWord } from "../core/shell-word.ts";
import { insistOnAddressSpace } from "../engine/address-space.ts";
import { continueCommand, startPath } from "../output/start-record.ts";
import { writeText } from "./display/paper.ts";
import { HELP_FORMAT } from "./help-format.ts";
import { expandPathOptions } from "./local-path.ts";
import { normalizeArguments } from "./normalize-arguments.ts";
import { addOptions, applyEnvironment, type OptionValues } from "./options/commander-options.ts";
import type { OptionVerb } from "./options/spec.ts";
import { unknownVariables } from "./options/unknown-variables.ts";
import { packageVersion } from "./package-facts.ts";
import { RESERVED_VERBS, VERBS } from "./verbs.ts";

const EXAMPLES = `
Examples:
  the whole job on an embedded sample
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

/** All verbs with their options; `typed` are the words behind `prep`, for the record of a start. */
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

  // Every verb imports what it needs when it is called, so that --help answers at once.
  const run = root.command("run", { isDefault: true }).argument("[query]", "a .sql file, the name of one in queries/, or SQL text");
  run.description("filter, shuffle, partition, download, pack; continues what an earlier start finished");
  addOptions(run, "run");
  run.action(async (query: string | undefined, values: OptionValues, command: Command) =>
    (await import("./commands/run.ts")).runCommand(query, values, isDefaultIn(command), typed),
  );

  const filter = root.command("filter").argument("<query>", "a .sql file, the name of one in queries/, or SQL text");
  filter.description("stage one alone: metadata to shuffled partitions");
  addOptions(filter, "filter");
  filter.action(async (query: string, values: OptionValues) => (await import("./commands/filter.ts")).filterCommand(query, values, typed));

  const download = root
    .command("download")
    .argument("<input...>", "files or a folder of them: parquet (ours, Spark's, anybody's), csv, tsv, jsonl, json, txt");
  download.description("stage two alone: any list of URLs to shards, with img2dataset's options and defaults");
  addOptions(download, "download");
  download.action(async (inputs: string[], values: OptionValues, command: Command) =>
    (await import("./commands/download.ts")).downloadCommand(inputs, values, isDefaultIn(command), typed),
  );

  const demo = root.command("demo").description("the whole job on an embedded sample with a loopback image server; no internet");
  addOptions(demo, "demo");
  demo.action(async (values: OptionValues) => (await import("./commands/demo.ts")).demoCommand(values));

  const queries = root.command("queries").argument("[name...]", "all about these");
  queries.description("the queries that can be run by name, a line each; of named ones comment, data sets and variables");
  addOptions(queries, "queries");
  queries.action(async (names: string[], values: OptionValues) => (await import("./commands/queries.ts")).queriesCommand(names, values));

  const describe = root.command("describe").argument("<metadata...>", "files, folders or globs, as for --metadata");
  describe.description("a profile of any metadata in one pass: columns, nulls, quantiles, hosts, languages, what to beware of");
  addOptions(describe, "describe");
  describe.action(async (paths: string[], values: OptionValues) => (await import("./commands/describe.ts")).describeCommand(paths, values));
  const verify = root.command("verify").argument("<output>", "a folder that was given as --output, or one of img2dataset");
  verify.description("read everything back: rows, shards, partitions, records; exit code 5 for damage, 7 for what is undone");
  verify.option("--repair", "do the damaged shards again, and only these; the limits below hold for their downloads");
  addOptions(verify, "verify");
  verify.action(async (output: string, values: OptionValues, command: Command) =>
    (await import("./commands/verify.ts")).verifyCommand(output, values, isDefaultIn(command)),
  );

  const metadata = root.command("metadata").argument("<dataset>", "a name such as coyo-700m, or org/name of the Hugging Face hub");
  metadata.description("fetch the tables of a data set: resumed, checked, pinned to a commit");
  addOptions(metadata, "metadata");
  metadata.action(async (name: string, values: OptionValues) => (await import("./commands/metadata.ts")).metadataCommand(name, values));

  const shell = root.command("shell").argument("[metadata...]", "files, folders or globs, as for --metadata");
  shell.description("SQL on the metadata as a run sees it; statements from the terminal or a pipe");
  addOptions(shell, "shell");
  shell.action(async (paths: string[], values: OptionValues) => (await import("./commands/shell.ts")).shellCommand(paths, values));

  const retry = root.command("retry").argument("<output>", "a folder that was given as --output, or one of img2dataset");
  retry.description("download the failures that may pass again, in finished shards; keys stay, successes are not fetched again");
  addOptions(retry, "retry");
  retry.action(async (output: string, values: OptionValues, command: Command) =>
    (await import("./commands/retry.ts")).retryCommand(output, values, isDefaultIn(command)),
  );

  const again = root.command("continue").argument("<output>", "a folder that was given as --output");
  again.description("go on with an output as its records say it was started; limits may change, the rest is fixed");
  again.option("--run <id>", "which run of an extended output; the newest where none is named");
  addOptions(again, "continue");
  again.action(async (output: string, values: OptionValues, command: Command) =>
    (await import("./commands/continue.ts")).continueCommand(output, values, isDefaultIn(command)),
  );

  const status = root.command("status").argument("<output>", "a folder that was given as --output, or one of img2dataset");
  status.description("where a run stands, from its records alone: done, at work, to do, why samples failed and where");
  addOptions(status, "status");
  status.action(async (output: string, values: OptionValues) => (await import("./commands/status.ts")).statusCommand(output, values));
  const clean = root.command("clean").argument("<output>", "a folder that was given as --output");
  clean.description("remove what killed processes of this machine left behind, and nothing else");
  clean.option("--dry-run", "only say what would be removed");
  clean.option("--temp-directory <folder>", "where shuffles of this output spilled");
  addOptions(clean, "clean");
  clean.action(async (output: string, values: OptionValues) => (await import("./commands/clean.ts")).cleanCommand(output, values));
  const task = root.command("task", { hidden: true }).argument("<output>").option("--index <n>").option("--run <id>").option("--serve");
  task.action(async (output: string, values: OptionValues) => (await import("./commands/task.ts")).taskCommand(output, values));

  // These download in this very process; all others in workers.
  for (const command of [metadata, task]) command.hook("preAction", () => insistOnAddressSpace(process.env["NODE_OPTIONS"]));

  const verbs: readonly (readonly [Command, OptionVerb])[] = [
    [run, "run"],
    [filter, "filter"],
    [download, "download"],
    [demo, "demo"],
    [queries, "queries"],
    [describe, "describe"],
    [metadata, "metadata"],
    [shell, "shell"],
    [verify, "verify"],
    [retry, "retry"],
    [again, "continue"],
    [status, "status"],
    [clean, "clean"],
  ];
  for (const [command, verb] of verbs)
    command.hook("preAction", () => {
      applyEnvironment(command, verb, process.env);
      const isTold = command.getOptionValue("json") !== true && command.getOptionValue("quiet") !== true;
      for (const text of isTold ? unknownVariables(process.env) : []) writeText(process.stderr, `notice: ${text}`);
      expandPathOptions(command);
    });

  for (const verb of RESERVED_VERBS) {
    const reserved = root.command(verb, { hidden: true }).argument("[words...]").allowUnknownOption();
    reserved.action(() => {
      throw new CommanderError(
        2,
        "prep.reserved",
        `error: "${verb}" is a verb that this version does not have yet; for a query of that name write ./queries/${verb}.sql`,
      );
    });
  }
  for (const command of root.commands) command.exitOverride().showSuggestionAfterError().helpCommand(false);
  return root;
}

/** Whether an option of the command has its value from nobody. */
function isDefaultIn(command: Command): (name: string) => boolean {
  return (name) => command.getOptionValueSource(name) === "default";
}

/** Does what the arguments say, to its end; the exit code is left in `process.exitCode`, 0 where nobody set it. */
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
    await root.parseAsync(normalizeArguments(words), { from: "user" });
  } catch (error) {
    process.exitCode = explain(error, words, started);
  }
}

/** What to do about words that the parser could not place; it has no hints of its own for them. */
function placeHint(code: string, [first = ""]: readonly string[]): string | undefined {
  if (code === "commander.missingArgument")
    return "Put it before options of several values, such as --metadata: they take all words that follow.";
  if (code !== "commander.excessArguments") return undefined;
  const verbs = VERBS.filter((name) => name !== "task");
  const verb = verbs.some((name) => name === first) ? undefined : nearestName(first, verbs);
  return verb ? `Did you mean the verb ${verb}?` : "Put SQL, and whatever else has spaces, in quotes.";
}

/** The command that goes on with what a verb has begun; undefined where there is nothing better than the same again. */
function goingOn(command: Command | undefined): string | undefined {
  const [argument = ""] = command?.args ?? [];
  switch (command?.name()) {
    case "run":
    case "filter":
    case "download": {
      const output = String(command.getOptionValue("output") ?? "images");
      return existsSync(startPath(output)) ? continueCommand(output) : undefined;
    }
    case "continue":
      return continueCommand(argument, command.getOptionValue("run") as string | undefined);
    case "retry":
      return `prep retry ${shellWord(argument)}`;
    case "verify":
      return `prep verify ${shellWord(argument)}${command.getOptionValue("repair") === true ? " --repair" : ""}`;
    default:
      return undefined;
  }
}

/** Prints an error for people and returns its exit code. */
function explain(error: unknown, words: readonly string[], started: Command | undefined): number {
  if (error instanceof CommanderError) {
    // Commander has printed its own errors; help and version end with 0.
    if (error.code === "prep.reserved") writeText(process.stderr, error.message);
    const hint = placeHint(error.code, words);
    if (hint) writeText(process.stderr, `hint: ${hint}`);
    return error.exitCode === 0 ? 0 : 2;
  }
  if (error instanceof PrepError) {
    const hint = error.hint && hintWithCommand(error.hint, goingOn(started));
    writeText(process.stderr, `error: ${error.message}${hint ? `\nhint: ${hint}` : ""}`);
    return error.exitCode;
  }
  process.stderr.write(`prep has a defect: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return 1;
}
