// Parses records of csv and tsv so that a bad line never costs another line its row.
import { type LineBatch, type OnBadLine, withoutReturn } from "./lines.ts";

/** A quoted field may hold line breaks. A quote still open at these limits does not open a field. */
const MAX_RECORD_LINES = 1000;
const MAX_RECORD_LENGTH = 2 ** 20;

/** The fields of a record; an empty field without quotes is null. */
export type Fields = (string | null)[];

interface Line {
  readonly text: string | undefined;
  readonly number: number;
}

/**
 * Reads records by RFC 4180: fields in double quotes may hold delimiters, line breaks and doubled quotes. A line that breaks
 * the rules is taken literally, quotes included, if it then has as many fields as the header; otherwise it is reported.
 * Reading goes on with the next line, so an open quote swallows nothing. Empty lines are ignored.
 */
export class RecordReader {
  readonly #delimiter: string;
  readonly #onRecord: (fields: Fields) => void;
  readonly #onBad: OnBadLine;
  /** Number of fields of the header, the first record. */
  #width: number | undefined;
  /** Lines of a record whose quote is still open. */
  #open: Line[] = [];
  #openLength = 0;

  constructor(delimiter: string, onRecord: (fields: Fields) => void, onBad: OnBadLine) {
    this.#delimiter = delimiter;
    this.#onRecord = onRecord;
    this.#onBad = onBad;
  }

  /** Reads further lines. */
  take({ firstLine, lines }: LineBatch): void {
    for (const [index, text] of lines.entries()) this.#take({ text, number: firstLine + index });
  }

  /** Call after the last line. */
  end(): void {
    while (this.#open.length > 0) this.#giveUp("a quote that is not closed");
  }

  #take(line: Line): void {
    if (this.#open.length > 0) {
      this.#continue(line);
      return;
    }
    // The reader of lines has reported it.
    if (line.text === undefined) return;
    const text = withoutReturn(line.text);
    if (text === "") return;
    const fields = text.includes('"') ? parseRecord(text, this.#delimiter) : "plain";
    if (fields === "plain") this.#plain(text, line.number);
    else if (fields === "open") {
      this.#open = [line];
      this.#openLength = text.length;
    } else if (fields === "broken") this.#plain(text, line.number, "a quote in the middle of a field");
    else this.#emit(fields, line.number);
  }

  #continue(line: Line): void {
    this.#open.push(line);
    this.#openLength += line.text?.length ?? 0;
    const isHopeless = line.text === undefined || this.#open.length > MAX_RECORD_LINES || this.#openLength > MAX_RECORD_LENGTH;
    if (!isHopeless && !line.text?.includes('"')) return;
    const text = withoutReturn(this.#open.map((one) => one.text ?? "").join("\n"));
    const fields = isHopeless ? "broken" : parseRecord(text, this.#delimiter);
    if (fields === "open") return;
    if (line.text === undefined && this.#isOneRecord()) {
      this.#skipFirst("its quote is open before a line that cannot be read");
      return;
    }
    const [first] = this.#open;
    if (fields === "broken" || !first || (this.#width !== undefined && fields.length !== this.#width)) {
      this.#giveUp("a quote that is not closed");
      return;
    }
    this.#open = [];
    this.#emit(fields, first.number);
  }

  /** Whether none of the lines after the first would be a record by itself. */
  #isOneRecord(): boolean {
    const others = this.#open.slice(1);
    return this.#width !== undefined && others.every(({ text }) => text?.split(this.#delimiter).length !== this.#width);
  }

  /** Reports the first line, whose last field is incomplete, and reads the others again. */
  #skipFirst(reason: string): void {
    const [first, ...others] = this.#open;
    this.#open = [];
    if (first) this.#onBad(first.number, reason);
    for (const line of others) this.#take(line);
  }

  /** Takes the first line of the open record by itself, and reads the others again. */
  #giveUp(reason: string): void {
    const [first, ...others] = this.#open;
    this.#open = [];
    if (first?.text !== undefined) this.#plain(withoutReturn(first.text), first.number, reason);
    for (const line of others) this.#take(line);
  }

  /** Takes a line literally: its quotes, if any, are characters. */
  #plain(text: string, number: number, otherwise?: string): void {
    const fields: Fields = text.split(this.#delimiter);
    if (otherwise !== undefined && this.#width !== undefined && fields.length !== this.#width) {
      this.#onBad(number, otherwise);
      return;
    }
    for (const [index, field] of fields.entries()) if (field === "") fields[index] = null;
    this.#emit(fields, number);
  }

  #emit(fields: Fields, number: number): void {
    this.#width ??= fields.length;
    if (fields.length === this.#width) this.#onRecord(fields);
    else this.#onBad(number, `${fields.length} fields where the header has ${this.#width}`);
  }
}

/** The fields of a complete record, or what is wrong with its quotes. */
function parseRecord(text: string, delimiter: string): Fields | "open" | "broken" {
  const fields: Fields = [];
  for (let at = 0; ; ) {
    if (text[at] === '"') {
      const close = closingQuote(text, at + 1);
      if (close < 0) return "open";
      if (close + 1 < text.length && text[close + 1] !== delimiter) return "broken";
      fields.push(text.slice(at + 1, close).replaceAll('""', '"'));
      at = close + 1;
    } else {
      const end = text.indexOf(delimiter, at);
      const field = text.slice(at, end < 0 ? text.length : end);
      fields.push(field === "" ? null : field);
      at = end < 0 ? text.length : end;
    }
    if (at >= text.length) return fields;
    at += 1;
  }
}

function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 2)) if (text[at + 1] !== '"') return at;
  return -1;
}
