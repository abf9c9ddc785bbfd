// Lines at the end of a terminal that are drawn again and again, with text that goes above them.
import { widthOf } from "../shell/cell-text.ts";

/** Drawn at most so often. */
const FRAME_MS = 125;

/** What live lines need of a terminal. */
export type LiveStream = Pick<NodeJS.WriteStream, "write" | "columns" | "rows" | "on" | "off">;

/** Whether a terminal wraps what it shows anew when it is resized, as most do. */
export function wrapsAnew(environment: Readonly<Record<string, string | undefined>>): boolean {
  if (environment["TMUX"] !== undefined) return true;
  return environment["XTERM_VERSION"] === undefined && !/^(linux|screen|rxvt|vt\d)/.test(environment["TERM"] ?? "");
}

/**
 * Draws lines that change. Between two frames the cursor waits at the begin of the last line: there every terminal keeps it when
 * it is resized, so that the rows above it can be counted.
 */
export class LiveLines {
  readonly #stream: LiveStream;
  readonly #render: (columns: number) => readonly string[];
  readonly #wrapsAnew: boolean;
  #frame: NodeJS.Timeout | undefined;
  #hasEnded = false;
  /** Columns that the lines take which are on the terminal. */
  #drawn: readonly number[] = [];
  readonly #draw = (): void => this.#write("");

  /** `render` gives lines of at most that many columns, and none while there is nothing to show. */
  constructor(stream: LiveStream, render: (columns: number) => readonly string[], isWrappingAnew: boolean) {
    this.#stream = stream;
    this.#render = render;
    this.#wrapsAnew = isWrappingAnew;
    stream.on("resize", this.#draw);
  }

  /** The lines have changed. */
  changed(): void {
    if (this.#hasEnded) return;
    this.#frame ??= setTimeout(this.#draw, FRAME_MS).unref();
  }

  /** Writes text above the lines; it needs no line break at its end. */
  print(text: string): void {
    if (this.#hasEnded) this.#stream.write(`${text}\n`);
    else this.#write(`${text}\n`);
  }

  /** Draws the lines for the last time and leaves the cursor below them; later text goes there. */
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
    const rows = this.#drawn.slice(0, -1).reduce((sum, width) => sum + (this.#wrapsAnew ? Math.max(1, Math.ceil(width / columns)) : 1), 0);
    return `${rows > 0 ? `\u001b[${rows}A` : ""}\r\u001b[J`;
  }

  get #columns(): number {
    return this.#stream.columns || 80;
  }

  /** One column stays free: a full line would leave the cursor in the next one on some terminals. */
  #lines(): string[] {
    const room = Math.max(1, this.#columns - 1);
    const most = Math.max(1, (this.#stream.rows || 24) - 1);
    return this.#render(room).slice(0, most);
  }
}
