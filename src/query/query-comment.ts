// Beside the query: what the comment at the top of a query file says, in parts.

/** A variable as the comment describes it. */
export interface DescribedVariable {
  readonly name: string;
  /** As SQL: `0.5` or `'vi'`. */
  readonly default: string;
  readonly says: string;
}

/** The comment at the top of a query file. */
export interface QueryComment {
  /** All lines that are not listed apart, without their dashes. */
  readonly lines: readonly string[];
  readonly source?: string;
  /** Names of data sets that have the columns it needs; empty where the comment does not say. */
  readonly datasets: readonly string[];
  readonly variables: readonly DescribedVariable[];
}

/** Reads the first block of `--` lines of a query; a file of somebody else's has lines and nothing more. */
export function queryComment(text: string): QueryComment {
  const block = /^(?:\s*--[^\n]*(?:\n|$))*/.exec(text)?.[0] ?? "";
  const lines = block.split(/\r?\n/).flatMap((line) => {
    const said = line.trim().replace(/^--\s?/, "");
    return said === "" ? [] : [said];
  });
  const rest: string[] = [];
  const variables: DescribedVariable[] = [];
  let source: string | undefined;
  let datasets: string[] = [];
  for (const line of lines) {
    const [, name, fallback, says] = /^([A-Za-z_]\w*)\s+\(('(?:[^']|'')*'|[^)]*)\)\s\s+(.*)$/.exec(line) ?? [];
    const [, label, value = ""] = /^(Source|Data sets):\s*(.*?)\.?$/.exec(line) ?? [];
    if (name !== undefined && fallback !== undefined && says !== undefined) variables.push({ name, default: fallback, says });
    else if (label === "Source") source = value;
    else if (label === "Data sets") datasets = value.split(/,\s*/);
    else rest.push(line);
  }
  return { lines: rest, ...(source === undefined ? {} : { source }), datasets, variables };
}
