// Seals JSON files with a digest of their own text, so that a flipped byte is noticed.
import { createHash } from "node:crypto";

const HEX_DIGITS = 64;
const BEFORE = ',\n "digest": "';
const AFTER = '"\n}\n';
const SEAL_LENGTH = BEFORE.length + HEX_DIGITS + AFTER.length;

/** How many of the seal's fixed characters must be in place for a text to count as sealed and damaged. */
const KNOWN_CHARACTERS = 12;

/** Whether a text is as it was written. Versions before seals wrote `unsealed` texts. */
export type SealState = "sealed" | "unsealed" | "broken";

/** The JSON text of an object with one more field at its end: `digest`, the SHA-256 of the text before it. */
export function sealedText(value: object): string {
  const text = JSON.stringify(value, null, 1);
  const body = text.slice(0, text.lastIndexOf("\n}"));
  return `${body}${BEFORE}${digestOf(body)}${AFTER}`;
}

/** Checks a text against its seal. A text without one is broken if `JSON.stringify` could not have written it. */
export function sealState(text: string): SealState {
  const body = text.slice(0, -SEAL_LENGTH);
  const seal = text.slice(-SEAL_LENGTH);
  if (seal === `${BEFORE}${digestOf(body)}${AFTER}`) return "sealed";
  if ([text, `${text}\n`].some(looksSealed)) return "broken";
  try {
    const canonical = JSON.stringify(JSON.parse(text), null, 1);
    return text === canonical || text === `${canonical}\n` ? "unsealed" : "broken";
  } catch {
    return "broken";
  }
}

function looksSealed(text: string): boolean {
  const seal = text.slice(-SEAL_LENGTH);
  const fixed = [...BEFORE].map((character, index) => seal[index] === character);
  fixed.push(...[...AFTER].map((character, index) => seal[BEFORE.length + HEX_DIGITS + index] === character));
  return fixed.filter(Boolean).length >= KNOWN_CHARACTERS;
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
