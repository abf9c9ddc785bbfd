// The tokenizer, compared with DuckDB's own scanner on random texts.
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { splitStatements, tokenize } from "../../src/query/tokens.ts";
import type { Database } from "../../src/sql/database.ts";
import { openTestDatabase } from "../support/parquet.ts";

/** PREP_LONG_FUZZ=1000000 tries that many texts, with a new seed each time. */
const LONG_RUNS = Number(process.env["PREP_LONG_FUZZ"] ?? 0);
const PARAMETERS = LONG_RUNS > 0 ? { numRuns: LONG_RUNS } : { numRuns: 4000, seed: 8 };

/** All Unicode spaces, control characters that may count as spaces, and neighbours of both. */
const SPACES = [
  ..." \t\n\r\f\v\u001c\u001f\u0085\u00a0\u00ad\u1680\u180e\u2000\u2003\u2007\u200a\u200b\u200c\u200d\u200e\u2028\u2029\u202f\u205f\u2060\u2061\u3000\ufeff\ufffe",
  "\r\n",
  " \n ",
];

/** Pieces that open, close, escape or cut, in all forms that DuckDB's scanner knows. */
const MARKS = [
  ...["'", "''", "e'", "E'", "x'", "b'", "n'", "u&'", 'u&"', '"', '""', "\\", "\\'", "\\\\", "$$", "$a$", "$é$", "$a", "$1", "$1a", "$"],
  ...[
    "--",
    "-- '\n",
    "/*",
    "*/",
    "/**/",
    "/*/",
    "//*",
    "**/",
    ";",
    ",",
    "(",
    ")",
    "?",
    "?1",
    "a",
    "a$",
    "$$a",
    "_",
    "é",
    "\u2019",
    "\u{1f600}",
  ],
  ...[
    "1",
    "1_",
    "1__2",
    "1.",
    "1..2",
    ".5",
    "1e",
    "1e5",
    "1e5_",
    "0x1f",
    "SELECT",
    " AS ",
    "+",
    "-",
    "->",
    "@",
    "#",
    "`",
    ":",
    "::",
    ".",
    "uescape",
  ],
];

/** Complete forms around random pieces, so that most texts parse. */
const inside = fc.array(fc.constantFrom(...MARKS, ...SPACES), { maxLength: 4 }).map((parts) => parts.join(""));
const whole = fc.oneof(
  fc
    .tuple(fc.constantFrom("'", "x'", "n'", "u&'"), inside)
    .map(([open, text]) => `${open}${text.replaceAll("'", "''").replaceAll("\\", "/")}'`),
  inside.map((text) => `'${text.replaceAll("'", "''")}'`),
  inside.map((text) => `e'${text.replace(/\\$/, "").replace(/(?<!\\)'/g, "\\'")}'`),
  fc.tuple(fc.constantFrom("", "a", "é", "_1"), inside).map(([tag, text]) => `$${tag}$${text.replaceAll("$", "")}$${tag}$`),
  fc
    .tuple(inside, fc.constantFrom("\n", "\r", " -- it's\n", "\n-- '\n\t", "\u00a0\n"))
    .map(([text, gap]) => `e'a'${gap}'${text.replaceAll("'", "\\'")}'`),
  inside.map((text) => `1 AS "${text.replaceAll('"', '""')}x"`),
  inside.map((text) => `/*${text.replaceAll(/\*|\//g, "")}*/1`),
  inside.map((text) => `1--${text}\n`),
  fc.constantFrom("1", "1_0", ".5", "1e5", "a$1", "é$", "$$;$$", "$1", "?", "1_a$$", "1e$$", "1 AS a$$", "$1a$$", "1 AS é\u2028$$"),
);
const spaced = fc.tuple(
  fc.constantFrom("", ...SPACES),
  fc.oneof({ weight: 6, arbitrary: whole }, { weight: 1, arbitrary: fc.constantFrom(...MARKS) }),
);
const statement = fc
  .array(spaced, { minLength: 1, maxLength: 4 })
  .map((items) => `SELECT ${items.map(([space, item]) => space + item).join(",")}`);
const text = fc.array(statement, { minLength: 1, maxLength: 3 }).map((statements) => statements.join(";"));

let database: Database;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

/** How many statements DuckDB sees; undefined if it cannot parse the text. */
const counted = (sql: string) => database.countStatements(sql).catch(() => undefined);

it("cuts a text into the statements that DuckDB sees", async () => {
  let parsed = 0;
  await fc.assert(
    fc.asyncProperty(text, async (sql) => {
      const statements = splitStatements(sql);
      const texts = statements.map((one) => one.text);
      const count = await counted(texts.join("\n;"));
      if (count === undefined) return;
      const each = await Promise.all(texts.map(counted));
      // A lone non-ASCII letter is an error by itself, which DuckDB ignores among other statements.
      if (each.some((one) => one === undefined)) return;
      parsed += 1;
      expect([count, ...each]).toEqual([texts.length, ...texts.map(() => 1)]);
      // The text after it is code to both or to neither.
      expect(await counted(`${texts.join("\n;")}\n;SELECT 1`)).toBe(texts.length + 1);
      for (const { text: one, start, tokens } of statements) {
        expect(one).toHaveLength((tokens.at(-1)?.end ?? 0) - start);
        expect(tokenize(one).map((token) => token.text)).toEqual(tokens.map((token) => token.text));
      }
    }),
    PARAMETERS,
  );
  // A property that hardly ever applies would prove nothing.
  expect(parsed).toBeGreaterThan(PARAMETERS.numRuns / 4);
}, 600_000);

/** How DuckDB reads a character between words, by the name of the only column. */
function kindOf(character: string, name: string | undefined): "space" | "letter" | "neither" {
  if (name === "x") return "space";
  return name === `${character}AS${character}x` ? "letter" : "neither";
}

it("takes every character for a space, a letter or neither as DuckDB does", async () => {
  const kinds = { space: 0, letter: 0, neither: 0 };
  // Most blocks hold only letters, so one character in 97 suffices.
  const isNear = (code: number) => code < 0x300 || (code >= 0x1fff && code < 0x2070) || (code >= 0x2fff && code < 0x3003) || code >= 0xfe00;
  for (let code = 1; code < 0x10000; code++) {
    const character = String.fromCharCode(code);
    if (LONG_RUNS === 0 && !isNear(code) && code % 97 > 0 && !/[\s\p{Z}\p{Cf}]/u.test(character)) continue;
    if (code >= 0xd800 && code < 0xe000) continue;
    const sql = `SELECT 1${character}AS${character}x`;
    const [only, ...others] = splitStatements(sql);
    const columns = others.length > 0 || !only ? undefined : await database.columns(only.text).catch(() => undefined);
    const asDuckDb = kindOf(character, columns?.length === 1 ? columns[0]?.name : undefined);
    const words = tokenize(sql).map(({ kind, text: word }) => (kind === "word" || kind === "number" ? word : undefined));
    const name = words.length === 4 && words[2] === "AS" ? words[3] : words.length === 3 ? words[2] : undefined;
    const own = words[1] === "1" ? kindOf(character, name) : "neither";
    expect([code.toString(16), own]).toEqual([code.toString(16), asDuckDb]);
    kinds[own] += 1;
  }
  expect(kinds.space).toBe(23);
  expect(kinds.letter).toBeGreaterThan(1000);
});
