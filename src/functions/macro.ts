// SQL macros for queries, and the statements that define them.

/** A SQL macro. A name with several forms has one entry for each; their numbers of parameters differ. */
export interface Macro {
  readonly name: string;
  readonly parameters: readonly string[];
  /** The expression that replaces a call, with the parameters by name. */
  readonly body: string;
  /** One sentence for people; absent for macros that only other macros call. */
  readonly says?: string;
}

/** `CREATE OR REPLACE MACRO` statements, one for each name, in this order. A macro may call those before it. */
export function macroStatements(macros: readonly Macro[]): string[] {
  const names = [...new Set(macros.map(({ name }) => name))];
  return names.map((name) => {
    const forms = macros.filter((macro) => macro.name === name).map(({ parameters, body }) => `(${parameters.join(", ")}) AS (${body})`);
    return `CREATE OR REPLACE MACRO ${name}${forms.join(", ")}`;
  });
}
