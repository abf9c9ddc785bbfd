// What the tests of the command line share: what a refusal looks like, and when an output shows nothing.
import { existsSync, readdirSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { runPrepHere } from "../prep-here.ts";
import { removeFolder } from "../remove-folder.ts";
import type { PrepResult } from "../run-prep.ts";

/** How a refusal must read. */
export interface Refusal {
  readonly code: number;
  /** Each must be in stderr. */
  readonly says: readonly (string | RegExp)[];
  /** Must not exist afterwards, or be empty. */
  readonly output?: string;
}

/** Runs `prep` in this process, one call at a time, and insists that it refuses in words for people. */
export async function expectRefusal(args: readonly string[], refusal: Refusal, options: { cwd?: string } = {}): Promise<PrepResult> {
  const result = await runPrepHere(args, options);
  expectWords(result, refusal);
  return result;
}

/** Insists that `prep` ended as a refusal does. */
export function expectWords(result: PrepResult, { code, says, output }: Refusal): void {
  for (const words of says) expect(result.stderr).toMatch(words);
  expect(result.stderr).not.toMatch(/defect|\n {4}at /);
  expect(result.stdout).toBe("");
  expect(result.code).toBe(code);
  if (output !== undefined) expect(namesIn(output)).toEqual([]);
}

/** Names in a folder; none where there is no folder. */
export function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}

/** A query that keeps everything and thinks about it for half a second or more, in each of its passes. */
export const SLOW_QUERY =
  "SELECT * FROM metadata WHERE (SELECT sum(hash(a.i + b.i)) FROM range(10000) a(i), range(10000) b(i)) IS NOT NULL";

/** A folder for all tests of a file. */
export async function makeFolder(): Promise<{ readonly path: string; readonly remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "prep-cli-"));
  return { path, remove: () => removeFolder(path) };
}
