// Tells which names of tables, views and macros are kept for prep's own.

/** Whether prep makes, or may make, something of this name in any of its databases; DuckDB's names have no case. */
export function isReservedName(name: string): boolean {
  return /^(metadata|selection|prep_.*)$/is.test(name);
}

/** Why a reserved name is refused, in a sentence that begins with it. */
export function reservedNameReason(name: string): string {
  return /^prep_/i.test(name) ? `${name}: names that begin with prep_ are prep's own` : `${name} is a name of prep's own`;
}
