// Text from strangers as one line that is safe to print and to store.

/**
 * The first line, cut at `maxLength`, with control characters replaced by spaces: C0, C1 and bidirectional ones. They could rewrite a
 * terminal.
 */
export function oneLine(text: string, maxLength = 200): string {
  const line = text.split("\n", 1)[0] ?? "";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the point
  return line.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, " ").slice(0, maxLength);
}
