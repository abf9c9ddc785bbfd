// `prep queries`: lists the queries that can be run by name.
import { UsageError } from "../../core/errors.ts";
import { nearestName } from "../../core/nearest.ts";
import { type ListedQuery, listQueries } from "../../run/queries.ts";
import { queryPlaces } from "../query-places.ts";
import { wrapped } from "../shell/wrap.ts";
import type { VerbCall } from "../verb.ts";

/** Lines fit a terminal of this many columns. */
const COLUMNS = 80;

/** Prints a line for each query, or everything about the named ones; with --json one object a line. */
export async function queriesCommand({ words: names, values, verbs }: VerbCall): Promise<void> {
  const all = await listQueries(queryPlaces(verbs));
  for (const name of names) {
    if (all.some((query) => query.name === name)) continue;
    const nearest = nearestName(
      name,
      all.map((query) => query.name),
    );
    throw new UsageError(`there is no query called ${name}`, nearest ? `Did you mean ${nearest}?` : "`prep queries` lists them all.");
  }
  const write = (text: string) => process.stdout.write(`${text}\n`);
  const shown = names.length === 0 ? all : all.filter(({ name }) => names.includes(name));
  if (values["json"] === true) for (const query of shown) write(JSON.stringify(query));
  else if (names.length > 0) for (const query of shown) write(detailText(query));
  else {
    const width = Math.max(0, ...all.map(({ name }) => name.length));
    for (const query of all) write(listLine(query, width));
    write("\nprep queries NAME shows a query's comment, data sets and variables.");
  }
}

/** The name and the first sentence of the comment, cut to the width. */
function listLine({ name, lines }: ListedQuery, width: number): string {
  const [sentence = ""] = lines.join(" ").split(/(?<=\.)\s/, 1);
  const line = `${name.padEnd(width)}  ${sentence}`.trimEnd();
  return line.length <= COLUMNS ? line : `${line.slice(0, COLUMNS - 3).replace(/\W+$/, "")}...`;
}

function detailText({ name, path, lines, source, datasets, variables }: ListedQuery): string {
  const width = Math.max(...variables.map((variable) => variable.name.length), 0);
  const shortened = (text: string) => (text.length > 40 ? `${text.slice(0, 37)}...` : text);
  const text = [
    `${name}  (${path})`,
    ...lines.map((line) => `  ${line}`),
    ...(source === undefined ? [] : [`  source     ${source}`]),
    ...(datasets.length === 0 ? [] : [`  data sets  ${datasets.join(", ")}`]),
    ...variables.map((variable) => `  --set ${variable.name.padEnd(width)} = ${shortened(variable.default)}  ${variable.says}`),
    "",
  ];
  return text.flatMap((line) => wrapped(line, COLUMNS)).join("\n");
}
