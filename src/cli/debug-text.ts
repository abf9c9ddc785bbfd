// What `--debug` prints after an error: versions, settings and the stack, for a report.
import { release } from "node:os";
import type { Command } from "commander";
import { valueName } from "../job/options/spec.ts";
import { OPTIONS } from "../job/options/table.ts";
import { libraryVersions } from "../run/versions.ts";
import { commandText, withoutSecrets } from "./describe-start.ts";
import { issuesAddress, packageVersion, undiciVersion } from "./package-facts.ts";

/** The text, without logins and tokens; `started` is the command that was at work, undefined if none was. */
export async function debugText(error: unknown, words: readonly string[], started: Command | undefined): Promise<string> {
  const address = issuesAddress();
  const versions = {
    prep: packageVersion(),
    Node: process.versions.node,
    ...(await libraryVersions()),
    undici: undiciVersion(),
    OS: `${process.platform} ${process.arch} ${release()}`,
  };
  const lines = [
    "",
    `debug: attach this to a report${address === undefined ? "" : ` at ${address}`}`,
    `command: ${commandText(words)}`,
    `versions: ${Object.entries(versions)
      .map(([name, version]) => `${name} ${version ?? "unknown"}`)
      .join(", ")}`,
    ...(started ? [`settings: ${JSON.stringify(settingsOf(started))}`] : []),
    `stack: ${stackOf(error)}`,
  ];
  return `${lines.map((line) => withoutSecrets(line)).join("\n")}\n`;
}

/** The options in force by their names, those that may hold a login only as given or not. */
function settingsOf(command: Command): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  for (const option of OPTIONS) {
    const value: unknown = command.getOptionValue(valueName(option));
    if (value !== undefined) settings[option.name] = option.isSecret ? "(given)" : value;
  }
  return settings;
}

/** The stack of an error and of what caused it. */
function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const stack = error.stack ?? error.message;
  return error.cause === undefined ? stack : `${stack}\ncaused by: ${stackOf(error.cause)}`;
}
