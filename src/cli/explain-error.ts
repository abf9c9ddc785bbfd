// Prints an error with its hint, with --debug also what a report needs, and chooses the exit code.
import { type Command, CommanderError } from "commander";
import { hintWithCommand, PrepError } from "../core/errors.ts";
import { nearestName } from "../core/nearest.ts";
import { takesOption } from "../job/options/spec.ts";
import { OPTIONS } from "../job/options/table.ts";
import { writeText } from "./display/text-style.ts";
import { issuesAddress } from "./package-facts.ts";
import { visibleVerbs } from "./verb.ts";
import { VERBS } from "./verbs.ts";

/** Prints an error for people and returns its exit code; `started` is the command that was at work. */
export async function explainError(error: unknown, words: readonly string[], started: Command | undefined): Promise<number> {
  if (error instanceof CommanderError) {
    // Commander has printed its own errors; help and version end with 0.
    if (error.code === "prep.reserved") writeText(process.stderr, error.message);
    const hint = placeHint(error.code, words);
    if (hint) writeText(process.stderr, `hint: ${hint}`);
    return error.exitCode === 0 ? 0 : 2;
  }
  const isDebugging = started ? started.getOptionValue("debug") === true : words.includes("--debug");
  const known = error instanceof PrepError ? error : undefined;
  if (known) {
    const hint = known.hint && hintWithCommand(known.hint, commandAfter(started));
    writeText(process.stderr, `error: ${known.message}${hint ? `\nhint: ${hint}` : ""}`);
  } else {
    process.stderr.write(`prep has a defect: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    writeText(process.stderr, `hint: ${reportHint(isDebugging)}`);
  }
  if (isDebugging) {
    const { debugText } = await import("./debug-text.ts");
    process.stderr.write(await debugText(error, words, started));
  }
  return known?.exitCode ?? 1;
}

function reportHint(isDebugging: boolean): string {
  const address = issuesAddress();
  const what = isDebugging ? "what is printed below" : "what the same command prints with --debug";
  return `Please report it${address === undefined ? "" : ` at ${address}`}, and attach ${what}.`;
}

/** What to do about words that the parser could not place, for which it has no hint of its own. */
function placeHint(code: string, [first = ""]: readonly string[]): string | undefined {
  if (code === "commander.missingArgument") {
    const takesTexts = OPTIONS.some((option) => option.kind === "texts" && takesOption(option, first));
    return takesTexts
      ? "Put it before options of several values, such as --metadata: they take all words that follow."
      : `prep ${first} --help shows what it takes.`;
  }
  if (code !== "commander.excessArguments") return undefined;
  const verbs = visibleVerbs(VERBS).map(({ name }) => name);
  const verb = verbs.includes(first) ? undefined : nearestName(first, verbs);
  return verb ? `Did you mean the verb ${verb}?` : "Put SQL, and every other argument with spaces, in quotes.";
}

/** The command that goes on with what a verb has begun; undefined if there is none better than the same again. */
function commandAfter(command: Command | undefined): string | undefined {
  const verb = VERBS.find(({ name }) => name === command?.name());
  return command && verb?.goesOnWith?.(command.args[0] ?? "", (option) => command.getOptionValue(option));
}
