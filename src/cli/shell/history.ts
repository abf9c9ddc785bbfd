// Statements that were typed into the shell before, kept between its starts.
import { appendFileSync } from "node:fs";
import { appendFile, mkdir, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

/** Entries that are kept in memory and offered. */
export const HISTORY_ENTRIES = 1000;

/** Where the entries are: `prep/shell_history` in the folder for state of the XDG base directories. */
export function historyPath(environment: Readonly<Record<string, string | undefined>>): string {
  const state = environment["XDG_STATE_HOME"] || join(environment["HOME"] || homedir(), ".local", "state");
  return join(state, "prep", "shell_history");
}

/** What was typed before, whole statements of one or more lines. */
export interface History {
  /** The newest first, each once; `keep` changes this very array. */
  readonly entries: string[];
  /** Adds an entry, in the file too; where that cannot be written, entries are forgotten at the end. */
  readonly keep: (entry: string) => void;
}

/** Reads the last entries of the file, an entry a line: its text, or a JSON string where it has several lines. */
export async function openHistory(path: string): Promise<History> {
  const text = await readFile(path, "utf8").catch(() => "");
  const entries: string[] = [];
  const add = (entry: string) => {
    const before = entries.indexOf(entry);
    if (before >= 0) entries.splice(before, 1);
    entries.unshift(entry);
    entries.splice(HISTORY_ENTRIES);
  };
  for (const line of text.split("\n")) if (line !== "") add(decoded(line));
  const isWritable = await mkdir(dirname(path), { recursive: true })
    .then(() => appendFile(path, "", { mode: 0o600 }))
    .then(
      () => true,
      () => false,
    );
  const keep = (entry: string) => {
    if (entry.trim() === "") return;
    add(entry);
    if (!isWritable) return;
    try {
      // At once and whole, so that nothing is lost with a killed shell, and two shells do not mix within a line.
      appendFileSync(path, `${encoded(entry)}\n`);
    } catch {
      // A full disk must not end the shell.
    }
  };
  return { entries, keep };
}

function encoded(entry: string): string {
  return /[\n\r]|^"/.test(entry) ? JSON.stringify(entry) : entry;
}

function decoded(line: string): string {
  if (!line.startsWith('"')) return line;
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === "string" ? entry : line;
  } catch {
    return line;
  }
}
