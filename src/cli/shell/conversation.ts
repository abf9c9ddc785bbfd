// What the shell does with each line, typed or from a pipe.
import { PrepError, UsageError } from "../../core/errors.ts";
import { stringifyExact } from "../../core/json.ts";
import { nearestName } from "../../core/nearest.ts";
import type { JsonValue } from "../../core/sample.ts";
import { formatDuration, plural } from "../../core/units.ts";
import { completeStatements, isBlank, type ShellSession } from "../../run/shell.ts";
import { visibleText } from "./cell-text.ts";
import { csvLine } from "./delimited-row.ts";
import { type DotCommand, dotCommand } from "./dot-command.ts";
import { DOT_COMMANDS, type ShellState } from "./dot-commands.ts";
import { blockLines, tableLines } from "./result-table.ts";
import { countRows, firstRows } from "./row-count.ts";
import type { Screen } from "./screen.ts";

/** Rows that a table shows; other modes show all. */
const TABLE_ROWS = 40;

/** Lines that leave the shell. */
const LEAVING = /^\s*(\.(quit|exit|q)\b.*|(exit|quit)\s*;?\s*)$/i;

/** A shell at work. It takes one line after the other; an error in a line does not end it. */
export class Conversation {
  readonly #session: ShellSession;
  readonly #screen: Screen;
  readonly #reservedNames: readonly string[];
  readonly #state: ShellState = { mode: "table", isTimed: false };
  #pending = "";
  #exitCode = 0;

  /** `reservedNames` are names that no saved query may have. */
  constructor(session: ShellSession, screen: Screen, reservedNames: readonly string[]) {
    this.#session = session;
    this.#screen = screen;
    this.#reservedNames = reservedNames;
  }

  /** The exit code of the first error; 0 if there was none. */
  get exitCode(): number {
    return this.#exitCode;
  }

  /** The statement that has begun but not ended. */
  get pending(): string {
    return this.#pending;
  }

  /** Whether a line would leave the shell. */
  leaves(text: string): boolean {
    return isBlank(this.#pending) && LEAVING.test(text);
  }

  /** Drops the statement that has begun. */
  forget(): void {
    this.#pending = "";
  }

  /** Takes a line. Resolves with false if it leaves the shell. */
  async line(text: string): Promise<boolean> {
    if (this.leaves(text)) return false;
    const command = isBlank(this.#pending) ? dotCommand(text) : undefined;
    if (command) {
      this.#pending = "";
      await this.#attempt(() => this.#obey(command));
      return true;
    }
    const { statements, rest } = completeStatements(`${this.#pending}${text}\n`);
    this.#pending = isBlank(rest) ? "" : rest;
    for (const statement of statements) await this.#attempt(() => this.#run(statement));
    return true;
  }

  /** Runs the last statement at the end of the input, even without a semicolon. */
  async end(): Promise<void> {
    const rest = this.#pending;
    this.#pending = "";
    if (!isBlank(rest)) await this.#attempt(() => this.#run(rest));
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const known = error instanceof PrepError ? error : undefined;
      this.#exitCode ||= known?.exitCode ?? 1;
      const text = known ? `error: ${known.message}${known.hint ? `\nhint: ${known.hint}` : ""}` : `error: ${String(error)}`;
      this.#screen.say(text.split("\n").map(visibleText).join("\n"));
    } finally {
      this.#session.settle();
    }
  }

  async #run(statement: string): Promise<void> {
    const startedAt = performance.now();
    await this.#show(statement);
    if (this.#state.isTimed) this.#screen.say(`time: ${formatDuration(performance.now() - startedAt)}`);
  }

  async #show(statement: string): Promise<void> {
    const { mode } = this.#state;
    const result = await this.#session.run(statement, mode === "json" ? "json" : "text");
    if (!result) return;
    const columns = this.#screen.columns();
    if (mode === "table") {
      const { rows, rest } = await firstRows(result.rows, TABLE_ROWS);
      this.#screen.write(`${tableLines(result.columns, rows, columns).join("\n")}\n`);
      const more = rest && (await countRows(rest));
      this.#screen.write(
        more && !(more.isAll && more.rows === 0)
          ? `(${rows.length} of ${more.isAll ? "" : "at least "}${plural(rows.length + more.rows, "row")}; .mode csv shows all)\n`
          : `(${plural(rows.length, "row")})\n`,
      );
      return;
    }
    const names = result.columns.map(({ name }) => name);
    // Data could command a terminal, so control characters become visible there. A pipe gets the data unchanged.
    const safe = (text: string) => (columns === undefined ? text : text.split("\n").map(visibleText).join("\n"));
    if (mode === "csv") this.#screen.write(`${safe(csvLine(names))}\n`);
    let isFirst = true;
    for await (const row of result.rows) {
      const texts = row as readonly (string | null)[];
      if (mode === "csv") this.#screen.write(`${safe(csvLine(texts))}\n`);
      else if (mode === "json") this.#screen.write(`${safe(jsonLine(names, row))}\n`);
      else this.#screen.write(`${isFirst ? "" : "\n"}${blockLines(result.columns, [texts], columns).join("\n")}\n`);
      isFirst = false;
      await this.#screen.drained();
    }
  }

  async #obey({ name, words }: DotCommand): Promise<void> {
    const command = DOT_COMMANDS.find((candidate) => candidate.name === name);
    if (!command) {
      const nearest = nearestName(
        name,
        DOT_COMMANDS.map((candidate) => candidate.name),
      );
      throw new UsageError(`there is no command .${name}`, nearest ? `Did you mean .${nearest}?` : ".help lists them.");
    }
    await command.run(words, {
      session: this.#session,
      screen: this.#screen,
      state: this.#state,
      reservedNames: this.#reservedNames,
      feed: async (text) => {
        for (const line of text.split(/\r?\n/)) await this.line(line);
        await this.end();
      },
    });
  }
}

/** A row as one line of JSON. If columns share a name, the last one counts. */
function jsonLine(names: readonly string[], row: readonly JsonValue[]): string {
  return stringifyExact(Object.fromEntries(names.map((name, index) => [name, row[index] ?? null])));
}
