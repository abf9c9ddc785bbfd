// Checks that prep refuses in words for people, and leaves no output behind.
import { existsSync, readdirSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { runPrepHere } from "../prep-here.ts";
import { removeFolder } from "../remove-folder.ts";
import type { PrepResult } from "../run-prep.ts";

/** What a refusal must look like. */
export interface Refusal {
  readonly code: number;
  /** Each must be in stderr. */
  readonly says: readonly (string | RegExp)[];
  /** A folder that must not exist afterwards, or be empty. */
  readonly output?: string;
}

/** Runs `prep` in this process, one call at a time, and expects a refusal. */
export async function expectRefusal(args: readonly string[], refusal: Refusal, options: { cwd?: string } = {}): Promise<PrepResult> {
  const result = await runPrepHere(args, options);
  expectWords(result, refusal);
  return result;
}

/** Expects that `prep` ended with a refusal in words for people. */
export function expectWords(result: PrepResult, { code, says, output }: Refusal): void {
  for (const words of says) expect(result.stderr).toMatch(words);
  expect(result.stderr).not.toMatch(/defect|\n {4}at /);
  expect(result.stdout).toBe("");
  expect(result.code).toBe(code);
  if (output !== undefined) expect(namesIn(output)).toEqual([]);
}

/** Sorted names in a folder; empty if there is no folder. */
export function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}

/** A query that keeps every row and takes half a second or more in each pass. */
export const SLOW_QUERY =
  "SELECT * FROM metadata WHERE (SELECT sum(hash(a.i + b.i)) FROM range(10000) a(i), range(10000) b(i)) IS NOT NULL";

/** Makes a temporary folder for all tests of a file; the caller removes it. */
export async function makeFolder(): Promise<{ readonly path: string; readonly remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "prep-cli-"));
  return { path, remove: () => removeFolder(path) };
}
