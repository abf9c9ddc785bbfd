// A terminal emulator (xterm.js) that shows what a program has drawn.
import { createRequire } from "node:module";

const { Terminal } = createRequire(import.meta.url)("@xterm/headless") as typeof import("@xterm/headless");

/** More rows than any test writes. */
const SCROLLBACK = 10_000;

/** A screen, with all rows that scrolled off it. */
export class Emulator {
  readonly #terminal: InstanceType<typeof Terminal>;

  /** `rewraps`: long lines wrap again on a resize, as in most terminals but not in xterm and the Linux console. */
  constructor(columns: number, rows = 30, rewraps = true) {
    // A pseudo-terminal turns LF into CR LF; the text of a test has LF only.
    this.#terminal = new Terminal({ cols: columns, rows, scrollback: SCROLLBACK, convertEol: true, allowProposedApi: true });
    // Only this option stops xterm.js from wrapping lines again.
    if (!rewraps) this.#terminal.options.windowsPty = { backend: "conpty", buildNumber: 1 };
  }

  write(bytes: string): void {
    this.#terminal.write(bytes);
  }

  /** Sets the number of columns. */
  async resize(columns: number): Promise<void> {
    await this.#settled();
    this.#terminal.resize(columns, this.#terminal.rows);
  }

  /** All rows, scrolled off or on the screen, without empty ones at the end. */
  async rows(): Promise<string[]> {
    await this.#settled();
    const { active } = this.#terminal.buffer;
    const rows = Array.from({ length: active.length }, (_, row) => active.getLine(row)?.translateToString(true) ?? "");
    return rows.slice(0, rows.findLastIndex((row) => row !== "") + 1);
  }

  /** All rows as one text with single blanks, for words that may be broken over lines. */
  async words(): Promise<string> {
    return (await this.rows()).join(" ").replace(/\s+/g, " ");
  }

  /** Resolves when xterm.js has taken in all bytes. */
  async #settled(): Promise<void> {
    await new Promise<void>((resolve) => this.#terminal.write("", resolve));
  }
}
