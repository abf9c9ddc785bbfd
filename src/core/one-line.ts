// Core vocabulary: words of strangers, or of files that strangers wrote, as text that is safe to print and to store.

/** The first line without control characters, which could rewrite a terminal: C0, C1 and bidirectional ones; cut at a length. */
export function oneLine(text: string, maxLength = 200): string {
  const line = text.split("\n", 1)[0] ?? "";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the point
  return line.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, " ").slice(0, maxLength);
}
