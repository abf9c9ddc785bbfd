// The record of an output's start, from which `prep continue` goes on.
import { readFile, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { OutputError } from "../core/errors.ts";
import { shellWord } from "../core/shell-word.ts";
import type { Start, Starting } from "../job/config.ts";
import { temporaryFile, temporaryFolder } from "../store/commit.ts";
import { errorCode, replaceFile } from "../store/durable.ts";
import { withProcessLock } from "../store/process-lock.ts";
import { sealedText, sealState } from "../store/seal.ts";
import { planPath, readLastSettings, readPlanFile, settingsPath, writeSettings } from "./download-plan.ts";

/** Version of `_prep/start.json`. */
const START_FORMAT_VERSION = 1;

/** A start as it is stored. */
export interface StartRecord extends Start {
  readonly format_version: number;
  /** The run that its download has become; absent as long as there is no plan. */
  readonly run?: string;
}

/** Where the record of the start lies. */
export function startPath(output: string): string {
  return join(output, "_prep", "start.json");
}

/** The command that goes on with an output, for hints; `run` of an extended one. */
export function continueCommand(output: string, run?: string): string {
  return `prep continue ${shellWord(output)}${run === undefined ? "" : ` --run ${run}`}`;
}

/** Writes down what an output is made with, before there is anything of it; nothing where nobody started a verb. */
export async function keepStart(output: string, starting: Starting | undefined, run?: string): Promise<void> {
  if (!starting) return;
  const { limits, ...start } = starting;
  const record: StartRecord = { format_version: START_FORMAT_VERSION, ...start, ...(run === undefined ? {} : { run }) };
  await withProcessLock(output, async () => {
    if (limits && run === undefined) await writeSettings(output, { ...limits, refusedOnce: (await readLastSettings(output))?.refusedOnce });
    await replaceFile(startPath(output), sealedText(record), temporaryFile(output, "start"));
  });
}

/** Removes the record of a start that failed or has nothing left to do, unless a later start has replaced it. */
export async function forgetStart(output: string, start: Start | undefined): Promise<void> {
  const known = await readStart(output).catch(() => undefined);
  if (known === undefined || known.command !== start?.command || known.directory !== start.directory) return;
  await rm(startPath(output), { force: true });
  // A download that is there goes on with its limits.
  if ((await readPlanFile(planPath(output, 1))) === undefined) await rm(settingsPath(output), { force: true });
  // What others have put there keeps its folder.
  for (const folder of [temporaryFolder(output), join(output, "_prep")]) await rmdir(folder).catch(() => undefined);
}

/** What an output was started with last; undefined where no version wrote it down. Throws OutputError where it cannot be read. */
export async function readStart(output: string): Promise<StartRecord | undefined> {
  const path = startPath(output);
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    if (/^(ENOENT|ENOTDIR|ELOOP)$/.test(errorCode(error) ?? "")) return undefined;
    throw new OutputError(`${path} cannot be read`, "Restore it, or start the command itself again.", { cause: error });
  });
  if (text === undefined) return undefined;
  if (sealState(text) !== "sealed")
    throw new OutputError(`${path} is damaged: its text is not the one that was written`, "Start the command itself again.");
  const record = JSON.parse(text) as StartRecord;
  if (record.format_version === START_FORMAT_VERSION) return record;
  throw new OutputError(
    `${path} is of format ${record.format_version}, this version reads ${START_FORMAT_VERSION}`,
    "Continue with the version that began it.",
  );
}
