// The process edge: `prep queries`, what can be run by name.
import { UsageError } from "../../core/errors.ts";
import { nearestName } from "../../core/nearest.ts";
import { type ListedQuery, listQueries } from "../../run/list-queries.ts";
import type { OptionValues } from "../options/commander-options.ts";
import { PACKAGE_QUERIES } from "../package-facts.ts";
import { RESERVED_VERBS, VERBS } from "../verbs.ts";

/** Prints the queries with their comments and variables, all or the named ones; with --json as one object a line. */
export async function queriesCommand(names: readonly string[], values: OptionValues): Promise<void> {
  const places = { directory: process.cwd(), packageQueries: PACKAGE_QUERIES, verbs: [...VERBS, ...RESERVED_VERBS] };
  const all = await listQueries(places);
  for (const name of names) {
    if (all.some((query) => query.name === name)) continue;
    const nearest = nearestName(
      name,
      all.map((query) => query.name),
    );
    throw new UsageError(`there is no query called ${name}`, nearest ? `Did you mean ${nearest}?` : "`prep queries` lists them all.");
  }
  const shown = names.length === 0 ? all : all.filter(({ name }) => names.includes(name));
  for (const query of shown) process.stdout.write(values["json"] === true ? `${JSON.stringify(query)}\n` : `${textOf(query)}\n`);
}

function textOf({ name, path, lines, source, datasets, variables }: ListedQuery): string {
  const width = Math.max(...variables.map((variable) => variable.name.length), 0);
  const shortened = (text: string) => (text.length > 40 ? `${text.slice(0, 37)}...` : text);
  return [
    `${name}  (${path})`,
    ...lines.map((line) => `  ${line}`),
    ...(source === undefined ? [] : [`  source     ${source}`]),
    ...(datasets.length === 0 ? [] : [`  data sets  ${datasets.join(", ")}`]),
    ...variables.map((variable) => `  --set ${variable.name.padEnd(width)} = ${shortened(variable.default)}  ${variable.says}`),
    "",
  ].join("\n");
}
