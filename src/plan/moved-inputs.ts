// The conductor: inputs are known by what they are, so that a run goes on where its list, its output or both were moved.
import { basename } from "node:path";
import type { Identity } from "../job/identity.ts";
import type { InputFile } from "../metadata/find/download-files.ts";
import type { PlanInput } from "../output/shard-plan.ts";

/** An entry of an identity's `inputs`: a name, then size, rows (or format) and fingerprint. */
const ENTRY = /^(.*) (\d+ \S+ \S+)$/s;

/** An input file in an identity, wherever it lies. `print` tells files of one name and size apart. */
export function inputEntry(
  { path, bytes, rows, format }: InputFile & { readonly rows: number | undefined },
  print: string | undefined,
): string {
  return `${basename(path)} ${bytes} ${rows ?? format} ${print}`;
}

/** `stored` with its inputs as `wanted` names them, as far as they are the same files in the same order. */
export function withoutPlaces(stored: Identity, wanted: Identity): Identity {
  const [before, now] = [stored["inputs"], wanted["inputs"]];
  if (!isTexts(before) || !isTexts(now)) return stored;
  const inputs = before.map((entry, index) => {
    const same = now[index];
    return same !== undefined && isSameFile(entry, same) ? same : entry;
  });
  return { ...stored, inputs };
}

/** The inputs of a stored plan where the wanted one, whose identity is the same, finds them; undefined where nothing moved. */
export function movedInputs(stored: readonly PlanInput[], wanted: readonly PlanInput[]): PlanInput[] | undefined {
  const isSame = stored.length === wanted.length && stored.every(({ rows }, index) => rows === wanted[index]?.rows);
  if (!isSame || stored.every(({ path }, index) => path === wanted[index]?.path)) return undefined;
  return stored.map((input, index) => ({ ...input, path: wanted[index]?.path ?? input.path }));
}

/** Versions before named a file by its path from the output. */
function isSameFile(stored: string, wanted: string): boolean {
  const [, path = "", facts] = ENTRY.exec(stored) ?? [];
  const [, name, wantedFacts] = ENTRY.exec(wanted) ?? [];
  return facts !== undefined && facts === wantedFacts && basename(path) === name;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}
