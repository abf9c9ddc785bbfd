// The shell's own commands, which begin with a dot.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { OutputError, UsageError } from "../../core/errors.ts";
import { shellWord } from "../../core/shell-word.ts";
import { formatBytes } from "../../core/units.ts";
import { functionLines, type ShellSession } from "../../run/shell.ts";
import { localPath } from "../local-path.ts";
import { tableLines } from "./result-table.ts";
import type { Screen } from "./screen.ts";

/** How rows are shown. */
export const MODES = ["table", "line", "csv", "json"] as const;

/** One of the modes. */
export type Mode = (typeof MODES)[number];

/** The settings that commands change. */
export interface ShellState {
  mode: Mode;
  isTimed: boolean;
}

/** What a command works with. */
interface Context {
  readonly session: ShellSession;
  readonly screen: Screen;
  readonly state: ShellState;
  /** Names that no query may have. */
  readonly reservedNames: readonly string[];
  /** Takes a text as if its lines had been typed. */
  readonly feed: (text: string) => Promise<void>;
}

interface Command {
  readonly name: string;
  readonly usage: string;
  readonly says: string;
  readonly run: (words: readonly string[], context: Context) => Promise<void>;
}

/** All commands except `.quit`, in the order of the help. */
export const DOT_COMMANDS: readonly Command[] = [
  {
    name: "tables",
    usage: ".tables",
    says: "what can be read",
    run: async (_, { session, screen }) => {
      for (const { name, columns } of await session.tables())
        screen.write(`${name}  (${columns.map((column) => column.name).join(", ")})\n`);
    },
  },
  {
    name: "schema",
    usage: ".schema [TABLE]",
    says: "names and types of its columns (metadata)",
    run: async ([name = "metadata"], { session, screen }) => {
      const rows = (await session.schema(name)).map((column) => [column.name, column.type]);
      const heads = ["column", "type"].map((head) => ({ name: head, type: "" }));
      const [names, , ...lines] = tableLines(heads, rows, screen.columns());
      screen.write(`${[names, ...lines].join("\n")}\n`);
    },
  },
  {
    name: "functions",
    usage: ".functions",
    says: "what queries can call beside DuckDB's functions",
    run: async (_, { screen }) => screen.write(`${functionLines().join("\n")}\n`),
  },
  {
    name: "read",
    usage: ".read FILE",
    says: "run the statements of a file",
    run: async ([path], { feed }) => {
      if (path === undefined) throw new UsageError(".read takes a file", "Write .read queries/mine.sql");
      const text = await readFile(path, "utf8").catch((error: Error) => {
        throw new UsageError(`${path} cannot be read: ${error.message}`, "Paths start from the folder in which the shell was started.");
      });
      await feed(text);
    },
  },
  {
    name: "mode",
    usage: `.mode ${MODES.join("|")}`,
    says: "how rows are shown; csv and json show all of them",
    run: async ([word], { state, screen }) => {
      if (word === undefined) return screen.say(`the mode is ${state.mode}`);
      const mode = MODES.find((candidate) => candidate === word.toLowerCase());
      if (!mode) throw new UsageError(`there is no mode ${word}`, `The modes are ${MODES.join(", ")}.`);
      state.mode = mode;
    },
  },
  {
    name: "timer",
    usage: ".timer on|off",
    says: "print how long each statement took",
    run: async ([word], { state }) => {
      if (!/^(on|off)$/i.test(word ?? "")) throw new UsageError(".timer takes on or off");
      state.isTimed = word?.toLowerCase() === "on";
    },
  },
  {
    name: "export",
    usage: ".export FILE",
    says: "write the last result to a new parquet, csv, tsv or json file",
    run: async ([path], { session, screen }) => {
      if (path === undefined) throw new UsageError(".export takes a file", "Write .export rows.parquet, or .csv, .tsv, .json, .jsonl.");
      const file = localPath(path, "the file");
      screen.say(`wrote ${file} (${formatBytes(await session.export(file))})`);
    },
  },
  {
    name: "save",
    usage: ".save NAME [WHAT IT KEEPS]",
    says: "write the last SELECT as queries/NAME.sql",
    run: async ([name, ...words], { session, screen, reservedNames }) => {
      if (name === undefined) throw new UsageError(".save takes a name", "Write .save mine Large pictures of bicycles.");
      const path = queryPath(name, reservedNames);
      // Report that there is nothing to save before asking.
      await session.savedQuery("");
      const said = words.join(" ") || (await screen.ask("what does it keep? "))?.trim() || "A query of prep shell.";
      await writeNew(path, await session.savedQuery(said));
      screen.say(`saved ${path}; run it with: prep ${shellWord(isBare(name) ? name : path)} --metadata ... --output ...`);
    },
  },
  {
    name: "run",
    usage: ".run [OUTPUT] [OPTIONS]",
    says: "start the whole job with the last SELECT",
    run: async ([output, ...more], { session, screen }) => {
      await session.job("", []);
      const folder = output ?? (await screen.ask("output folder? "))?.trim();
      if (!folder) throw new UsageError(".run needs a folder for its output", "Write .run out/ --image-size 384");
      const code = await screen.start(await session.job(folder, more));
      if (code !== 0) throw new UsageError(`the run ended with exit code ${code}`, "Enter the same .run again to continue it.");
    },
  },
  {
    name: "help",
    usage: ".help",
    says: "this list",
    run: async (_, { screen }) => {
      for (const { usage, says } of DOT_COMMANDS) screen.write(`${usage.padEnd(28)} ${says}\n`);
      screen.write(`${".quit".padEnd(28)} leave, as exit, quit and Ctrl-D do\n`);
    },
  },
];

/** The file of a query. Throws UsageError for a name that could not be run later. */
function queryPath(name: string, reservedNames: readonly string[]): string {
  if (!isBare(name)) return /\.sql$/i.test(name) ? name : `${name}.sql`;
  if (reservedNames.includes(name.toLowerCase())) throw new UsageError(`${name} is a verb of prep`, "Choose another name.");
  return join("queries", `${name}.sql`);
}

function isBare(name: string): boolean {
  return !/[/\\]|\.sql$/i.test(name);
}

async function writeNew(path: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text, { flag: "wx" });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") throw new UsageError(`${path} exists`, "Choose another name, or remove it first.");
    throw new OutputError(`${path} cannot be written: ${message}`);
  }
}
