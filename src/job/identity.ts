// The conductor: what makes an output the output of one run and of no other, and how to say what differs.
import { createHash } from "node:crypto";
import { OutputError } from "../core/errors.ts";
import { differenceWords } from "./difference-words.ts";

/** The part of a run's description that must be equal for a second start to continue the first. */
export type Identity = Readonly<Record<string, unknown>>;

/** A short name of an identity: 16 hex digits of SHA-256 over its canonical JSON. */
export function identityDigest(identity: Identity): string {
  return createHash("sha256").update(canonical(identity)).digest("hex").slice(0, 16);
}

/** The names of what differs between two identities. */
export function differences(existing: Identity, wanted: Identity): string[] {
  const names = [...new Set([...Object.keys(existing), ...Object.keys(wanted)])];
  return names.filter((name) => canonical(existing[name]) !== canonical(wanted[name]));
}

/** Throws an OutputError that names every difference between what the output belongs to and what was asked for. */
export function insistOnIdentity(output: string, what: string, existing: Identity, wanted: Identity, hint?: string): void {
  const different = differences(existing, wanted);
  if (different.length === 0) return;
  const lines = different.flatMap((name) => differenceWords(name, existing[name], wanted[name]).map((words) => `  ${words}`));
  throw new OutputError(
    `${output} holds another ${what}:\n${lines.join("\n")}`,
    hint ?? "Name another --output, or give the options that this one was made with.",
  );
}

/** JSON with sorted names, so that equal values have equal texts. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    return `{${members
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`)
      .join(",")}}`;
  }
  return JSON.stringify(value) ?? "null";
}
