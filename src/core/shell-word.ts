// Quotes words and texts for the shell commands that hints show.

/** A word for a POSIX shell, quoted only if it needs to be, because people read most paths. */
export function shellWord(text: string): string {
  return /^[\p{L}\p{N}_@%+=:,./-]+$/u.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** A text for a POSIX shell in double quotes, in which SQL is most readable. */
export function shellText(text: string): string {
  return `"${text.replace(/[\\"$`]/g, "\\$&")}"`;
}
