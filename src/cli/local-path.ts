// The process edge: paths as people and img2dataset write them become paths that mean the same to everybody behind: Node, and
// DuckDB, which reads a tilde by itself.
import { homedir } from "node:os";
import { resolve } from "node:path";
import type { Command } from "commander";
import { UsageError } from "../core/errors.ts";

/** Options that name files or folders. */
const PATH_OPTIONS = ["output", "metadata", "table", "blockList", "tempDirectory", "html", "keep"];

const NO_PATH_HINT = "Name a file or a folder.";

/** The path itself, as `expandPath`; throws UsageError for none, and for an address of a store that is not mounted, which would become a folder `s3:`. */
export function localPath(path: string, option: string): string {
  if (path === "") throw new UsageError(`${option} is an empty path`, NO_PATH_HINT);
  const expanded = expandPath(path);
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(expanded))
    throw new UsageError(`${option} ${path} is no local path`, "Mount the store, or copy what is there to a local disk.");
  return expanded;
}

/** A path with `~` and `~/` as the home folder, which no shell expands behind `=`, and without `file://`. */
export function expandPath(path: string): string {
  const local = path.replace(/^file:\/\/(localhost(?=\/))?/i, "");
  if (local === "~" || local.startsWith("~/")) return resolve(homedir(), local.slice(2));
  // A name that begins so: DuckDB would put the home folder in its place.
  return local.startsWith("~") ? resolve(local) : local;
}

/** Expands what the options of a command name, on the command line or in the environment; throws UsageError for an empty path. */
export function expandPathOptions(command: Command): void {
  for (const name of PATH_OPTIONS) {
    const value: unknown = command.getOptionValue(name);
    const source = command.getOptionValueSource(name);
    // An empty variable is none.
    const expanded = value === "" && source === "env" ? undefined : expandValue(name, value);
    if (expanded !== value) command.setOptionValueWithSource(name, expanded, source);
  }
}

function expandValue(name: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => expandValue(name, item));
  if (typeof value !== "string") return value;
  // An output may have a default, of which its readers know.
  if (value === "" && name !== "output") throw new UsageError(`--${kebabName(name)} is an empty path`, NO_PATH_HINT);
  // NAME=PATH
  const begin = name === "table" ? value.indexOf("=") + 1 : 0;
  return value.slice(0, begin) + expandPath(value.slice(begin));
}

function kebabName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
