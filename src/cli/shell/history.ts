// Keeps the statements typed into the shell between its starts.
import { appendFileSync } from "node:fs";
import { appendFile, mkdir, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

/** Entries that are kept in memory and offered to the user. */
export const HISTORY_ENTRIES = 1000;

/** The file of the entries: `prep/shell_history` in the state folder of the XDG base directories. */
export function historyPath(environment: Readonly<Record<string, string | undefined>>): string {
  const state = environment["XDG_STATE_HOME"] || join(environment["HOME"] || homedir(), ".local", "state");
  return join(state, "prep", "shell_history");
}

/** Earlier entries: whole statements, of one or more lines. */
export interface History {
  /** The newest first, each once. `keep` changes this array in place. */
  readonly entries: string[];
  /** Adds an entry, also to the file. If the file cannot be written, entries last until the shell ends. */
  readonly keep: (entry: string) => void;
}

/** Reads the newest entries of the file. Each line is an entry: its text, or a JSON string if it has several lines. */
export async function openHistory(path: string): Promise<History> {
  const text = await readFile(path, "utf8").catch(() => "");
  const entries: string[] = [];
  const add = (entry: string) => {
    const before = entries.indexOf(entry);
    if (before >= 0) entries.splice(before, 1);
    entries.unshift(entry);
    entries.splice(HISTORY_ENTRIES);
  };
  for (const line of text.split("\n")) if (line !== "") add(decodedEntry(line));
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
      // One write for each entry: a killed shell loses nothing, and two shells do not mix within a line.
      appendFileSync(path, `${encodedEntry(entry)}\n`);
    } catch {
      // A full disk must not end the shell.
    }
  };
  return { entries, keep };
}

function encodedEntry(entry: string): string {
  return /[\n\r]|^"/.test(entry) ? JSON.stringify(entry) : entry;
}

function decodedEntry(line: string): string {
  if (!line.startsWith('"')) return line;
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === "string" ? entry : line;
  } catch {
    return line;
  }
}
