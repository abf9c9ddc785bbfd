// Saves a SELECT of the shell as a query file that runs without the shell's session.
import { quoteText } from "../sql/text.ts";
import { definedName } from "./statements.ts";
import { nameOf, type Statement, splitStatements, variablesRead } from "./tokens.ts";

/** A variable of the shell. */
export interface SetVariable {
  readonly name: string;
  readonly type: string;
  readonly value: string;
}

/** The SELECT after the session's definitions that it uses, directly or indirectly, in the order in which they were made. */
export function standaloneQuery(select: string, definitions: readonly string[]): string {
  const made = definitions.flatMap((text) =>
    splitStatements(text).flatMap((statement) => {
      const name = definedName(statement);
      return name ? [{ name: nameOf(name.token).toLowerCase(), statement }] : [];
    }),
  );
  const wanted = new Set<string>();
  const visit = (statement: Statement) => {
    for (const token of statement.tokens) {
      const name = nameOf(token).toLowerCase();
      if (token.kind !== "word" && token.kind !== "quoted-name") continue;
      if (wanted.has(name) || !made.some((definition) => definition.name === name)) continue;
      wanted.add(name);
      for (const definition of made.filter((candidate) => candidate.name === name)) visit(definition.statement);
    }
  };
  for (const statement of splitStatements(select)) visit(statement);
  // The last definition of a name counts.
  const last = new Map(made.map(({ name, statement }) => [name, statement]));
  const texts = made
    .filter(({ name, statement }) => wanted.has(name) && last.get(name) === statement)
    .map(({ statement }) => statement.text);
  return [...texts, select].join(";\n");
}

/**
 * The text of a query file: a comment (`says`, the data sets, the variables), then the query. A variable without a default gets
 * the shell's value as default, so that the file runs anywhere.
 */
export function queryFileText(query: string, says: string, datasets: readonly string[], variables: readonly SetVariable[]): string {
  const body = withDefaults(query, variables);
  const comment = [
    ...says.split("\n"),
    ...(datasets.length > 0 ? [`Data sets: ${datasets.join(", ")}.`] : []),
    ...[...defaultsOf(body)].map(([name, fallback]) => `${name} (${fallback})  --set ${name}=...`),
  ];
  return `${comment.map((line) => `-- ${line}`.trimEnd()).join("\n")}\n${body}\n`;
}

/** Turns `getvariable('x')` into `coalesce(getvariable('x'), 512)` if the shell has a value and the query has no default. */
function withDefaults(query: string, variables: readonly SetVariable[]): string {
  const uses = splitStatements(query).flatMap(({ tokens }) => variablesRead(tokens));
  let text = query;
  for (const { name, start, hasDefault } of [...uses].sort((left, right) => right.start - left.start)) {
    const value = variables.find((variable) => variable.name.toLowerCase() === name.toLowerCase());
    if (hasDefault || !value) continue;
    const end = text.indexOf(")", start) + 1;
    text = `${text.slice(0, start)}coalesce(${text.slice(start, end)}, ${literal(value)})${text.slice(end)}`;
  }
  return text;
}

function literal({ type, value }: SetVariable): string {
  if (/^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL.*|BOOLEAN)$/.test(type)) return value;
  return type === "VARCHAR" ? quoteText(value) : `CAST(${quoteText(value)} AS ${type})`;
}

/** Defaults that are one number or text, by variable. */
function defaultsOf(query: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const { tokens } of splitStatements(query)) {
    for (const use of variablesRead(tokens)) {
      const at = tokens.findIndex(({ start }) => start === use.start);
      const [value, close] = tokens.slice(at + 5, at + 7);
      const isPlain =
        use.hasDefault && (value?.kind === "number" || value?.kind === "string" || value?.kind === "word") && close?.text === ")";
      if (isPlain && value && !found.has(use.name)) found.set(use.name, value.text);
    }
  }
  return found;
}
