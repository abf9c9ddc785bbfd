// Identity of a run: its digest, and how two identities differ.
import { createHash } from "node:crypto";
import { OutputError } from "../core/errors.ts";
import { differenceWords } from "./difference-words.ts";

/** The part of a configuration that must be equal if a second start is to continue the first. */
export type Identity = Readonly<Record<string, unknown>>;

/** A short name of an identity: 16 hex digits of the SHA-256 of its canonical JSON. */
export function identityDigest(identity: Identity): string {
  return createHash("sha256").update(canonical(identity)).digest("hex").slice(0, 16);
}

/** Names of the members that differ between two identities. */
export function differences(existing: Identity, wanted: Identity): string[] {
  const names = [...new Set([...Object.keys(existing), ...Object.keys(wanted)])];
  return names.filter((name) => canonical(existing[name]) !== canonical(wanted[name]));
}

/** Throws OutputError, which names every difference, if the output's identity is not the wanted one. */
export function insistOnIdentity(output: string, what: string, existing: Identity, wanted: Identity, hint?: string): void {
  const different = differences(existing, wanted);
  if (different.length === 0) return;
  const lines = different.flatMap((name) => differenceWords(name, existing[name], wanted[name]).map((words) => `  ${words}`));
  throw new OutputError(
    `${output} holds another ${what}:\n${lines.join("\n")}`,
    hint ?? "Name another --output, or give the options that this one was made with.",
  );
}

/** JSON with sorted names, so that equal values have equal text. */
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
