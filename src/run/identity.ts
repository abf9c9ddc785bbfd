// The conductor: what makes an output the output of one run and of no other, and how to say what differs.
import { createHash } from "node:crypto";
import { OutputError } from "../core/errors.ts";

/** The part of a run's description that must be equal for a second start to continue the first. */
export type Identity = Readonly<Record<string, unknown>>;

/** A short name of an identity: 16 hex digits of SHA-256 over its canonical JSON. */
export function identityDigest(identity: Identity): string {
  return createHash("sha256").update(canonical(identity)).digest("hex").slice(0, 16);
}

/** Throws an OutputError that names every difference between what the output belongs to and what was asked for. */
export function insistOnIdentity(output: string, what: string, existing: Identity, wanted: Identity): void {
  const names = [...new Set([...Object.keys(existing), ...Object.keys(wanted)])];
  const different = names.filter((name) => canonical(existing[name]) !== canonical(wanted[name]));
  if (different.length === 0) return;
  const lines = different.map((name) => `  ${name}: it has ${shorten(existing[name])}, you ask for ${shorten(wanted[name])}`);
  throw new OutputError(
    `${output} holds another ${what}:\n${lines.join("\n")}`,
    "Name another --output, or give the options that this one was made with.",
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

function shorten(value: unknown): string {
  const text = typeof value === "string" ? JSON.stringify(value) : canonical(value);
  return text.length > 160 ? `${text.slice(0, 157)}...` : text;
}
