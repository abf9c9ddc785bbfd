// Width and colours of the streams for people, and text laid out for them.
import { wrapped } from "../shell/wrap.ts";

/** Width and colours of a stream. */
export interface TextStyle {
  /** Columns of the terminal; undefined for a pipe or a file, whose lines are not wrapped. */
  readonly columns: number | undefined;
  readonly hasColours: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Width of a terminal that does not tell its own. */
const USUAL_COLUMNS = 80;

const CODES = { red: 31, green: 32, yellow: 33 } as const;

/** Width and colours of a stream at this moment: a terminal may be resized. */
export function textStyleOf(stream: NodeJS.WriteStream, environment: Environment): TextStyle {
  return {
    columns: stream.isTTY ? stream.columns || USUAL_COLUMNS : undefined,
    hasColours: wantsColours(environment) ?? (stream.isTTY && environment["TERM"] !== "dumb"),
  };
}

/** Whether the environment wants colours, by NO_COLOR (no-color.org) and FORCE_COLOR; undefined if it does not say. */
function wantsColours(environment: Environment): boolean | undefined {
  const force = environment["FORCE_COLOR"];
  if (environment["NO_COLOR"] || force === "0" || force === "false") return false;
  return force === undefined ? undefined : true;
}

/** The text in a colour, if the stream has colours. */
export function painted(text: string, colour: keyof typeof CODES, { hasColours }: TextStyle): string {
  return hasColours && text !== "" ? `\u001b[${CODES[colour]}m${text}\u001b[39m` : text;
}

/** The text wrapped for a stream, with `error:` and `notice:` at the start of a line in colour. */
export function laidOut(text: string, style: TextStyle): string {
  const lines = style.columns === undefined ? [text] : wrapped(text, style.columns);
  return lines
    .join("\n")
    .replace(/^error:/gm, (label) => painted(label, "red", style))
    .replace(/^notice:/gm, (label) => painted(label, "yellow", style));
}

/** Writes text for people, wrapped and coloured, and ends the line. */
export function writeText(stream: NodeJS.WriteStream, text: string): void {
  stream.write(`${laidOut(text, textStyleOf(stream, process.env))}\n`);
}
