// Keeps changing lines at the end of a terminal, and prints other text above them.
import { widthOf } from "../shell/cell-text.ts";

/** Shortest time between two drawings. */
const FRAME_MS = 125;

/** The part of a terminal that live lines need. */
export type LiveStream = Pick<NodeJS.WriteStream, "write" | "columns" | "rows" | "on" | "off">;

/** Whether the terminal wraps its text again when it is resized, as most do. */
export function rewrapsText(environment: Readonly<Record<string, string | undefined>>): boolean {
  if (environment["TMUX"] !== undefined) return true;
  return environment["XTERM_VERSION"] === undefined && !/^(linux|screen|rxvt|vt\d)/.test(environment["TERM"] ?? "");
}

/**
 * Draws lines that change. Between two frames the cursor waits at the start of the last line. Every terminal keeps it there when
 * it is resized, so the rows above it can be counted.
 */
export class LiveLines {
  readonly #stream: LiveStream;
  readonly #render: (columns: number) => readonly string[];
  readonly #rewraps: boolean;
  #frame: NodeJS.Timeout | undefined;
  #hasEnded = false;
  /** Widths, in columns, of the lines on the terminal. */
  #drawn: readonly number[] = [];
  readonly #draw = (): void => this.#write("");

  /** `render` returns lines that are at most `columns` wide, and none if there is nothing to show. */
  constructor(stream: LiveStream, render: (columns: number) => readonly string[], rewraps: boolean) {
    this.#stream = stream;
    this.#render = render;
    this.#rewraps = rewraps;
    stream.on("resize", this.#draw);
  }

  /** Draws the lines again, soon. */
  changed(): void {
    if (this.#hasEnded) return;
    this.#frame ??= setTimeout(this.#draw, FRAME_MS).unref();
  }

  /** Writes text above the lines, and ends its line. */
  print(text: string): void {
    if (this.#hasEnded) this.#stream.write(`${text}\n`);
    else this.#write(`${text}\n`);
  }

  /** Draws the lines for the last time. Later text goes below them. */
  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    clearTimeout(this.#frame);
    this.#stream.off("resize", this.#draw);
    const lines = this.#lines();
    if (lines.length > 0) this.#stream.write(`${this.#erase()}${lines.join("\n")}\n`);
  }

  #write(above: string): void {
    clearTimeout(this.#frame);
    this.#frame = undefined;
    const lines = this.#lines();
    if (above === "" && lines.length === 0) return;
    this.#stream.write(`${this.#erase()}${above}${lines.join("\n")}\r`);
    this.#drawn = lines.map(widthOf);
  }

  #erase(): string {
    const columns = this.#columns;
    const rows = this.#drawn.slice(0, -1).reduce((sum, width) => sum + (this.#rewraps ? Math.max(1, Math.ceil(width / columns)) : 1), 0);
    return `${rows > 0 ? `\u001b[${rows}A` : ""}\r\u001b[J`;
  }

  get #columns(): number {
    return this.#stream.columns || 80;
  }

  /** One column stays free: after a full line some terminals put the cursor into the next one. */
  #lines(): string[] {
    const room = Math.max(1, this.#columns - 1);
    const most = Math.max(1, (this.#stream.rows || 24) - 1);
    return this.#render(room).slice(0, most);
  }
}
