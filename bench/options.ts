// Reads option values of the benches.

/** A positive whole number; `1_000` and `1e6` are accepted. Throws for anything else. */
export function countOption(name: string, text: string): number {
  const value = Number(text.replaceAll("_", "").replaceAll(",", ""));
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${name} ${text} is not a positive whole number`);
  return value;
}

/** One of the choices. Throws for any other word. */
export function choiceOption<T extends string>(name: string, text: string, choices: readonly T[]): T {
  const choice = choices.find((candidate) => candidate === text);
  if (choice === undefined) throw new Error(`--${name} is ${choices.join(" or ")}, not ${text}`);
  return choice;
}
