// Wherever a hint is a command line: names in it as a shell takes them back, whatever is in them.

/** A word for a POSIX shell; quoted only where it has to be, since most paths are read by people. */
export function shellWord(text: string): string {
  return /^[\p{L}\p{N}_@%+=:,./-]+$/u.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** A text for a POSIX shell in double quotes, as SQL is most readable. */
export function shellText(text: string): string {
  return `"${text.replace(/[\\"$`]/g, "\\$&")}"`;
}
