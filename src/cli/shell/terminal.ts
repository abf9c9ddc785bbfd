// Feeds lines to the shell, from a terminal with history, completion and Ctrl-C, or from a pipe.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface, type Interface } from "node:readline/promises";
import { completeStatements, isBlank, type ShellSession } from "../../run/shell.ts";
import { PROGRAM } from "../package-facts.ts";
import { Conversation } from "./conversation.ts";
import { dotCommand } from "./dot-command.ts";
import { DOT_COMMANDS } from "./dot-commands.ts";
import { HISTORY_ENTRIES, historyPath, openHistory } from "./history.ts";
import type { Screen } from "./screen.ts";

const PROMPT = "prep> ";
const CONTINUED = "  ...> ";

/** 128 and the number of SIGINT, as for every verb. */
const STOPPED_EXIT_CODE = 130;

const write = (text: string) => void process.stdout.write(text);
const say = (text: string) => void process.stderr.write(`${text}\n`);
const columns = () => (process.stdout.isTTY ? process.stdout.columns || 80 : undefined);

async function drained(): Promise<void> {
  if (process.stdout.writableNeedDrain) await once(process.stdout, "drain");
}

/** Takes statements from a pipe or a file to its end; no query may have one of these names. Returns the exit code. */
export async function readPipe(session: ShellSession, reservedNames: readonly string[]): Promise<number> {
  const screen: Screen = { write, say, columns, drained, ask: async () => undefined, start: startPrep };
  const conversation = new Conversation(session, screen, reservedNames);
  const lines = createInterface({ input: process.stdin, terminal: false });
  let isStopped = false;
  process.on("SIGINT", () => {
    isStopped = true;
    lines.close();
    session.interrupt();
  });
  for await (const line of lines) if (isStopped || !(await conversation.line(line))) break;
  if (!isStopped) await conversation.end();
  return isStopped ? STOPPED_EXIT_CODE : conversation.exitCode;
}

/** Talks to a person until Ctrl-D or `.quit`; no query may have one of these names. */
export async function talk(
  session: ShellSession,
  reservedNames: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const history = await openHistory(historyPath(environment));
  const waiting: string[] = [];
  let isBusy = false;
  let isOver = false;
  let wake = () => {};
  let answer: ((line: string) => void) | undefined;
  const complete = async (line: string): Promise<[string[], string]> => {
    if (isBusy) return [[], line];
    return await completions(session, conversation.pending, line);
  };
  const lines = createInterface({
    ...{ input: process.stdin, output: process.stdout, terminal: true, historySize: HISTORY_ENTRIES },
    ...{ history: [...history.entries], completer: complete },
  });
  // Readline keeps single lines; the shell offers whole statements instead.
  let offered: string[] = [];
  const offer = () => void offered.splice(0, offered.length, ...history.entries);
  lines.on("history", (kept) => {
    offered = kept;
    offer();
  });
  const screen: Screen = {
    ...{ write, say, columns, drained },
    ask: async (question) => {
      lines.setPrompt(question);
      lines.prompt();
      return await new Promise<string>((resolve) => {
        answer = resolve;
      });
    },
    start: async (args) => await withTerminal(lines, () => startPrep(args)),
  };
  const conversation = new Conversation(session, screen, reservedNames);
  /** The lines since the last full prompt. */
  let typed = "";
  lines.on("line", (text) => {
    // Node 24 joins the lines of a recalled statement by CR.
    const line = text.replaceAll("\r", "\n");
    if (answer) {
      const reply = answer;
      answer = undefined;
      return reply(line);
    }
    waiting.push(line);
    wake();
  });
  lines.on("SIGINT", () => {
    if (answer) {
      const reply = answer;
      answer = undefined;
      write("\n");
      return reply("");
    }
    if (isBusy) return session.interrupt();
    conversation.forget();
    // Keep the typed text visible, and start a new line.
    lines.write(null, { ctrl: true, name: "e" });
    write("^C\n");
    lines.write(null, { ctrl: true, name: "u" });
    lines.setPrompt(PROMPT);
    lines.prompt();
  });
  lines.on("close", () => {
    isOver = true;
    answer?.("");
    if (isBusy) session.interrupt();
    wake();
  });
  for (;;) {
    if (waiting.length === 0 && !isOver) {
      lines.setPrompt(isBlank(conversation.pending) ? PROMPT : CONTINUED);
      lines.prompt();
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    const line = waiting.shift();
    if (line === undefined) break;
    typed = isBlank(conversation.pending) ? line : `${typed}\n${line}`;
    if (!conversation.leaves(line) && (dotCommand(typed) || isBlank(completeStatements(`${typed}\n`).rest))) {
      history.keep(typed);
      offer();
    }
    isBusy = true;
    const goesOn = await conversation.line(line);
    isBusy = false;
    if (!goesOn) break;
  }
  lines.close();
  write("\n");
}

/** For readline: words that may come next, and the part of the line that they replace. */
async function completions(session: ShellSession, pending: string, line: string): Promise<[string[], string]> {
  if (pending === "" && /^\s*\.\w*$/.test(line)) {
    const begun = line.trim();
    return [[...DOT_COMMANDS.map(({ name }) => `.${name}`), ".quit"].filter((name) => name.startsWith(begun)), begun];
  }
  try {
    const { words, start } = await session.complete(`${pending}${line}`);
    return start < pending.length ? [[], line] : [[...words], line.slice(start - pending.length)];
  } catch {
    return [[], line];
  }
}

/** Gives the terminal to another program, which handles Ctrl-C itself. */
async function withTerminal(lines: Interface, work: () => Promise<number>): Promise<number> {
  const ignore = () => undefined;
  lines.pause();
  process.stdin.setRawMode(false);
  process.on("SIGINT", ignore);
  try {
    return await work();
  } finally {
    process.off("SIGINT", ignore);
    process.stdin.setRawMode(true);
    lines.resume();
  }
}

/** Runs another `prep` on the same terminal. Resolves with its exit code. */
async function startPrep(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ["ignore", "inherit", "inherit"] });
  const [code] = (await once(child, "close")) as [number | null];
  return code ?? 1;
}
