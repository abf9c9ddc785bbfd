// Where text for people goes: how wide it may be, and whether it has colours.
import { wrapped } from "../shell/wrap.ts";

/** What a stream takes. */
export interface Paper {
  /** Columns of the terminal; undefined for a pipe or a file, where a line stays one line. */
  readonly columns: number | undefined;
  readonly hasColours: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Where a terminal does not tell its width. */
const USUAL_COLUMNS = 80;

const CODES = { red: 31, green: 32, yellow: 33 } as const;

/** What a stream takes at this moment: a terminal may be resized. */
export function paperOf(stream: NodeJS.WriteStream, environment: Environment): Paper {
  return {
    columns: stream.isTTY ? stream.columns || USUAL_COLUMNS : undefined,
    hasColours: wantsColours(environment) ?? (stream.isTTY && environment["TERM"] !== "dumb"),
  };
}

/** What the environment says of colours: no-color.org, and the word that overrides a pipe; undefined where it says nothing. */
function wantsColours(environment: Environment): boolean | undefined {
  const force = environment["FORCE_COLOR"];
  if (environment["NO_COLOR"] || force === "0" || force === "false") return false;
  return force === undefined ? undefined : true;
}

/** The text in a colour, where there are colours. */
export function painted(text: string, colour: keyof typeof CODES, { hasColours }: Paper): string {
  return hasColours && text !== "" ? `\u001b[${CODES[colour]}m${text}\u001b[39m` : text;
}

/** The text as a stream takes it: wrapped, and where it begins with `error:` or `notice:` that word in its colour. */
export function laidOut(text: string, paper: Paper): string {
  const lines = paper.columns === undefined ? [text] : wrapped(text, paper.columns);
  return lines
    .join("\n")
    .replace(/^error:/gm, (label) => painted(label, "red", paper))
    .replace(/^notice:/gm, (label) => painted(label, "yellow", paper));
}

/** Writes text for people, and ends the line. */
export function writeText(stream: NodeJS.WriteStream, text: string): void {
  stream.write(`${laidOut(text, paperOf(stream, process.env))}\n`);
}
