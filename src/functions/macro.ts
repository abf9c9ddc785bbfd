// The functions of queries: what one is, and how it is written as SQL that any DuckDB shell runs.

/** A SQL macro. A name with several forms has one entry for each, side by side, told apart by their number of parameters. */
export interface Macro {
  readonly name: string;
  readonly parameters: readonly string[];
  /** The expression it stands for; parameters are put in as they are written. */
  readonly body: string;
  /** One sentence for people; absent for macros that only other macros call. */
  readonly says?: string;
}

/** `CREATE OR REPLACE MACRO` statements, one for each name, in the order given: a macro may call the ones before it. */
export function macroStatements(macros: readonly Macro[]): string[] {
  const names = [...new Set(macros.map(({ name }) => name))];
  return names.map((name) => {
    const forms = macros.filter((macro) => macro.name === name).map(({ parameters, body }) => `(${parameters.join(", ")}) AS (${body})`);
    return `CREATE OR REPLACE MACRO ${name}${forms.join(", ")}`;
  });
}
