// Cuts SQL into tokens: enough to find statements, variables and names.

/** A piece of SQL. Offsets are indexes of the JavaScript string. */
export interface Token {
  readonly kind: "word" | "quoted-name" | "string" | "number" | "parameter" | "symbol";
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** One statement without its semicolon and without comments around it. */
export interface Statement {
  /**
   * As long as in the file, with plain spaces in place of Unicode spaces outside strings and names. DuckDB would replace those by
   * another scanner, which takes a quote in a comment for the start of a string.
   */
  readonly text: string;
  /** Where it begins in the file. */
  readonly start: number;
  readonly tokens: readonly Token[];
}

/** A variable that a statement reads. */
export interface VariableUse {
  readonly name: string;
  readonly start: number;
  /** Whether it is the first argument of coalesce or ifnull, so that the query has a default. */
  readonly hasDefault: boolean;
}

/** Unicode spaces that DuckDB replaces before it parses. It takes all others, such as U+2028, for letters. */
const UNICODE_SPACES = "\\u00a0\\u2000-\\u200b\\u202f\\u205f\\u2060\\u3000\\ufeff";
const UNICODE_SPACE = new RegExp(`[${UNICODE_SPACES}]`, "g");
const BLANK = ` \\t\\f${UNICODE_SPACES}`;
const SPACE = new RegExp(`[${BLANK}\\n\\r]+`, "y");
const LINE_COMMENT = /--[^\n\r]*/y;
/** Between two pieces of one string: a line break with blanks and comments around it. */
const CONTINUATION = new RegExp(`(?:[${BLANK}]|--[^\\n\\r]*(?![^\\n\\r]))*[\\n\\r](?:[${BLANK}\\n\\r]|--[^\\n\\r]*[\\n\\r])*(?=')`, "y");
const ESCAPE_STRING = /e'(?:[^'\\]|\\[\s\S]?|'')*(?:'|$)/iy;
/** A backslash also escapes in later pieces of an escape string. */
const ESCAPE_PIECE = /'(?:[^'\\]|\\[\s\S]?|'')*(?:'|$)/y;
const STRING = /(?:[xb])?'(?:[^']|'')*(?:'|$)/iy;
const QUOTED_NAME = /"(?:[^"]|"")*(?:"|$)/y;
const LETTER = `(?:[A-Za-z_]|(?![${UNICODE_SPACES}])[\\u0080-\\uffff])`;
const TAG = `${LETTER}(?:${LETTER}|[0-9])*`;
const DOLLAR_STRING = new RegExp(`\\$(${TAG})?\\$[\\s\\S]*?(?:\\$\\1\\$|$(?![\\s\\S]))`, "y");
const DIGITS = "\\d(?:_?\\d)*";
const PARAMETER = new RegExp(`\\$(?:${DIGITS}|${TAG})`, "y");
const WORD = new RegExp(`${LETTER}(?:${LETTER}|[0-9$])*`, "y");
const NUMBER = new RegExp(`(?:${DIGITS}(?:\\.(?!\\.)(?:${DIGITS})?)?|\\.${DIGITS})(?:e[+-]?${DIGITS})?`, "iy");

/**
 * The tokens of a text without comments and space, cut where DuckDB's own scanner cuts. Never throws: an unterminated string
 * reaches to the end.
 */
export function tokenize(sql: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const take = (expression: RegExp): string | undefined => {
    expression.lastIndex = at;
    return expression.exec(sql)?.[0];
  };
  const add = (kind: Token["kind"], text: string) => {
    tokens.push({ kind, start: at, end: at + text.length, text });
    at += text.length;
  };
  while (at < sql.length) {
    const skipped = take(SPACE) ?? take(LINE_COMMENT);
    if (skipped !== undefined) {
      at += skipped.length;
      continue;
    }
    if (sql.startsWith("/*", at)) {
      at = endOfBlockComment(sql, at);
      continue;
    }
    const [kind, text] = nextToken(take, sql.charAt(at));
    add(kind, text);
    if (kind !== "string" || !/^e/i.test(text)) continue;
    for (let gap = take(CONTINUATION); gap !== undefined; gap = take(CONTINUATION)) {
      at += gap.length;
      add("string", take(ESCAPE_PIECE) ?? "");
    }
  }
  return tokens;
}

function nextToken(take: (expression: RegExp) => string | undefined, character: string): [Token["kind"], string] {
  const string = take(ESCAPE_STRING) ?? take(STRING) ?? take(DOLLAR_STRING);
  if (string !== undefined) return ["string", string];
  const name = take(QUOTED_NAME);
  if (name !== undefined) return ["quoted-name", name];
  const parameter = take(PARAMETER);
  if (parameter !== undefined) return ["parameter", parameter];
  const word = take(WORD);
  if (word !== undefined) return ["word", word];
  const number = take(NUMBER);
  return number === undefined ? ["symbol", character] : ["number", number];
}

/** Block comments nest in DuckDB, as in PostgreSQL. */
function endOfBlockComment(sql: string, start: number): number {
  const edge = /\/\*|\*\//g;
  edge.lastIndex = start;
  let depth = 0;
  for (let match = edge.exec(sql); match; match = edge.exec(sql)) {
    depth += match[0] === "/*" ? 1 : -1;
    if (depth === 0) return edge.lastIndex;
  }
  return sql.length;
}

/** The statements of a file, without empty ones such as a stray semicolon or a comment at the end. */
export function splitStatements(sql: string): Statement[] {
  const statements: Statement[] = [];
  let tokens: Token[] = [];
  const finish = () => {
    const [first] = tokens;
    const last = tokens.at(-1);
    if (first && last) statements.push({ text: plainText(sql, tokens), start: first.start, tokens });
    tokens = [];
  };
  for (const token of tokenize(sql)) {
    if (token.kind === "symbol" && token.text === ";") finish();
    else tokens.push(token);
  }
  finish();
  return statements;
}

/** The text from the first token to the last, with plain spaces between them. */
function plainText(sql: string, tokens: readonly Token[]): string {
  return tokens
    .map(({ start, text }, index) => {
      const before = tokens[index - 1];
      return before ? sql.slice(before.end, start).replace(UNICODE_SPACE, " ") + text : text;
    })
    .join("");
}

/** Every variable that `getvariable('name')` reads, in order. */
export function variablesRead(tokens: readonly Token[]): VariableUse[] {
  return tokens.flatMap((token, index) => {
    const [open, argument, close] = tokens.slice(index + 1, index + 4);
    if (token.kind !== "word" || token.text.toLowerCase() !== "getvariable") return [];
    if (open?.text !== "(" || argument?.kind !== "string" || close?.text !== ")") return [];
    const before = /^(coalesce|ifnull)$/i.test(tokens[index - 2]?.text ?? "") && tokens[index - 1]?.text === "(";
    const hasDefault = before && tokens[index + 4]?.text === ",";
    return [{ name: stringValue(argument.text), start: token.start, hasDefault }];
  });
}

/** The SQL with one space in place of every run of space and comments. */
export function normalize(tokens: readonly Token[]): string {
  return tokens.map((token, index) => (index > 0 && tokens[index - 1]?.end !== token.start ? ` ${token.text}` : token.text)).join("");
}

/** The name that a token stands for, without its double quotes. */
export function nameOf(token: Token): string {
  return token.kind === "quoted-name" ? token.text.slice(1, -1).replaceAll('""', '"') : token.text;
}

function stringValue(literal: string): string {
  const dollar = /^\$(\w*)\$([\s\S]*)\$\1\$$/.exec(literal);
  if (dollar) return dollar[2] ?? "";
  return literal.replace(/^[a-z]?'|'$/gi, "").replaceAll("''", "'");
}
