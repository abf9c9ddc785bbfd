// Parses the comment at the top of a query file: description, source, data sets, variables.

/** A variable that the comment describes. */
export interface DescribedVariable {
  readonly name: string;
  /** Its default in SQL, such as `0.5` or `'vi'`. */
  readonly default: string;
  /** What it is for. */
  readonly says: string;
}

/** The comment at the top of a query file. */
export interface QueryComment {
  /** The description: all other lines, without their dashes. */
  readonly lines: readonly string[];
  /** Where the thresholds come from. */
  readonly source?: string;
  /** Data sets that have the columns it needs; empty if the comment does not name any. */
  readonly datasets: readonly string[];
  readonly variables: readonly DescribedVariable[];
}

/** Parses the first block of `--` lines. A comment that does not follow the form has only `lines`. */
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
