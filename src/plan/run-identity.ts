// Identity of a download: its options, and its inputs wherever they lie.
import { basename } from "node:path";
import type { ShapeConfig } from "../job/config.ts";
import type { Identity } from "../job/identity.ts";
import type { InputFile } from "../metadata/find/download-files.ts";
import type { PlanInput } from "../output/plans/shard-plan.ts";

/** An entry of an identity's `inputs`: a name, then size, rows (or format) and fingerprint. */
const ENTRY = /^(.*) (\d+ \S+ \S+)$/s;

/** The identity of a run: its source, and every option that shapes the shards. */
export function runIdentity(source: Identity, { transform, ...rest }: ShapeConfig): Identity {
  // One level, so that an error can name a difference by its option.
  return { ...source, ...rest, ...transform };
}

/** An input file in an identity, wherever it lies. The fingerprint distinguishes files of equal name and size. */
export function inputEntry(
  { path, bytes, rows, format }: InputFile & { readonly rows: number | undefined },
  fingerprint: string | undefined,
): string {
  return `${basename(path)} ${bytes} ${rows ?? format} ${fingerprint}`;
}

/** The stored identity, with those inputs named as in `wanted` that are the same file at the same place of the list. */
export function withoutPlaces(stored: Identity, wanted: Identity): Identity {
  const [before, now] = [stored["inputs"], wanted["inputs"]];
  if (!isTexts(before) || !isTexts(now)) return stored;
  const inputs = before.map((entry, index) => {
    const same = now[index];
    return same !== undefined && isSameFile(entry, same) ? same : entry;
  });
  return { ...stored, inputs };
}

/** The inputs of a stored plan with the paths of the wanted one, whose identity is the same; undefined if nothing was moved. */
export function movedInputs(stored: readonly PlanInput[], wanted: readonly PlanInput[]): PlanInput[] | undefined {
  const isSame = stored.length === wanted.length && stored.every(({ rows }, index) => rows === wanted[index]?.rows);
  if (!isSame || stored.every(({ path }, index) => path === wanted[index]?.path)) return undefined;
  return stored.map((input, index) => ({ ...input, path: wanted[index]?.path ?? input.path }));
}

/** Older versions named a file by its path from the output, so only the last name is compared. */
function isSameFile(stored: string, wanted: string): boolean {
  const [, path = "", facts] = ENTRY.exec(stored) ?? [];
  const [, name, wantedFacts] = ENTRY.exec(wanted) ?? [];
  return facts !== undefined && facts === wantedFacts && basename(path) === name;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}
