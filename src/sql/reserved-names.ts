// Names of tables, views and macros that queries may not define, because prep uses them.

/** Whether prep uses, or may use, this name in any of its databases. DuckDB ignores the case of names. */
export function isReservedName(name: string): boolean {
  return /^(metadata|selection|prep_.*)$/is.test(name);
}

/** Why a reserved name is refused: a sentence that begins with the name. */
export function reservedNameReason(name: string): string {
  return /^prep_/i.test(name) ? `${name}: names that begin with prep_ are prep's own` : `${name} is a name of prep's own`;
}
