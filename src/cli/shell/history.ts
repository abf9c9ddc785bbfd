// The process edge: what was typed into the shell before, kept between its starts.
import { appendFileSync } from "node:fs";
import { appendFile, mkdir, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

/** Lines that are kept in memory and offered. */
export const HISTORY_LINES = 1000;

/** Where the lines are: `prep/shell_history` in the folder for state of the XDG base directories. */
export function historyPath(environment: Readonly<Record<string, string | undefined>>): string {
  const state = environment["XDG_STATE_HOME"] || join(environment["HOME"] || homedir(), ".local", "state");
  return join(state, "prep", "shell_history");
}

/** The last lines, newest first, and what keeps another one; where the file cannot be written, lines are forgotten at the end. */
export async function openHistory(path: string): Promise<{ lines: string[]; keep: (line: string) => void }> {
  const text = await readFile(path, "utf8").catch(() => "");
  const lines = text.split("\n").filter((line) => line !== "");
  const isWritable = await mkdir(dirname(path), { recursive: true })
    .then(() => appendFile(path, "", { mode: 0o600 }))
    .then(
      () => true,
      () => false,
    );
  const keep = (line: string) => {
    if (!isWritable || line.trim() === "") return;
    try {
      // At once and whole, so that nothing is lost with a killed shell, and two shells do not mix within a line.
      appendFileSync(path, `${line}\n`);
    } catch {
      // A full disk must not end the shell.
    }
  };
  return { lines: lines.slice(-HISTORY_LINES).reverse(), keep };
}
