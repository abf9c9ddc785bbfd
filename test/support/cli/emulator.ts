// What a terminal shows of the bytes that it gets, by xterm.js: cursor moves, erasing, wrapping, wide characters, resizing.
import { createRequire } from "node:module";

const { Terminal } = createRequire(import.meta.url)("@xterm/headless") as typeof import("@xterm/headless");

/** Long enough for all that a test writes. */
const SCROLLBACK = 10_000;

/** A screen with everything that scrolled off it. */
export class Emulator {
  readonly #terminal: InstanceType<typeof Terminal>;

  /** `wrapsAnew`: as most terminals, when they are resized; xterm and the Linux console do not. */
  constructor(columns: number, rows = 30, wrapsAnew = true) {
    // A pseudo-terminal makes CR LF of LF; a stream that a test hands over does not.
    this.#terminal = new Terminal({ cols: columns, rows, scrollback: SCROLLBACK, convertEol: true, allowProposedApi: true });
    // The one option that has xterm.js wrap nothing anew.
    if (!wrapsAnew) this.#terminal.options.windowsPty = { backend: "conpty", buildNumber: 1 };
  }

  write(bytes: string): void {
    this.#terminal.write(bytes);
  }

  /** Sets the number of columns. */
  async resize(columns: number): Promise<void> {
    await this.#settled();
    this.#terminal.resize(columns, this.#terminal.rows);
  }

  /** All rows that were ever scrolled off or are on the screen, without the empty ones at the end. */
  async rows(): Promise<string[]> {
    await this.#settled();
    const { active } = this.#terminal.buffer;
    const rows = Array.from({ length: active.length }, (_, row) => active.getLine(row)?.translateToString(true) ?? "");
    return rows.slice(0, rows.findLastIndex((row) => row !== "") + 1);
  }

  /** The rows as one text without line breaks and repeated blanks: whether words are there, wherever lines are broken. */
  async words(): Promise<string> {
    return (await this.rows()).join(" ").replace(/\s+/g, " ");
  }

  /** Bytes are taken in later than they are given. */
  async #settled(): Promise<void> {
    await new Promise<void>((resolve) => this.#terminal.write("", resolve));
  }
}
