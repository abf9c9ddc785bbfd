// Turns paths as people and img2dataset write them into paths that Node and DuckDB read alike.
import { homedir } from "node:os";
import { resolve } from "node:path";
import type { Command } from "commander";
import { UsageError } from "../core/errors.ts";
import { type OptionSpec, valueName } from "../job/options/spec.ts";
import { OPTIONS } from "../job/options/table.ts";

const NO_PATH_HINT = "Name a file or a folder.";

/**
 * The path, expanded by `expandPath`. Throws UsageError for an empty path, and for an address such as `s3://`, which would become
 * a folder `s3:`.
 */
export function localPath(path: string, option: string): string {
  if (path === "") throw new UsageError(`${option} is an empty path`, NO_PATH_HINT);
  const expanded = expandPath(path);
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(expanded))
    throw new UsageError(`${option} ${path} is no local path`, "Mount the store, or copy its files to a local disk.");
  return expanded;
}

/** The path without `file://`, and with the home folder for `~` and `~/`, which shells do not expand behind `=`. */
export function expandPath(path: string): string {
  const local = path.replace(/^file:\/\/(localhost(?=\/))?/i, "");
  if (local === "~" || local.startsWith("~/")) return resolve(homedir(), local.slice(2));
  // For a file name that begins with a tilde: DuckDB would replace the tilde by the home folder.
  return local.startsWith("~") ? resolve(local) : local;
}

/** Expands the paths in a command's options, from the command line or the environment. Throws UsageError for an empty path. */
export function expandPathOptions(command: Command): void {
  for (const option of OPTIONS.filter(({ isPath }) => isPath !== undefined)) {
    const name = valueName(option);
    const value: unknown = command.getOptionValue(name);
    const source = command.getOptionValueSource(name);
    // An empty variable counts as unset.
    const expanded = value === "" && source === "env" ? undefined : expandValue(option, value);
    if (expanded !== value) command.setOptionValueWithSource(name, expanded, source);
  }
}

function expandValue(option: OptionSpec, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => expandValue(option, item));
  if (typeof value !== "string") return value;
  // `outputFolder` reports an empty output: some verbs have a default for it.
  if (value === "" && option.name !== "output") throw new UsageError(`--${option.name} is an empty path`, NO_PATH_HINT);
  const begin = option.isPath === "name=path" ? value.indexOf("=") + 1 : 0;
  return value.slice(0, begin) + expandPath(value.slice(begin));
}
