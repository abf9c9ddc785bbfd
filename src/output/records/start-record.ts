// The record of an output's start, from which `prep continue` goes on.
import { join } from "node:path";
import { OutputError } from "../../core/errors.ts";
import { shellWord } from "../../core/shell-word.ts";
import type { Start, Starting } from "../../job/config.ts";
import { withProcessLock } from "../../store/locks/process-lock.ts";
import { sealedText, sealState } from "../../store/seal.ts";
import { storeAt } from "../../store/store-at.ts";
import { errorCode } from "../../store/system-errors.ts";
import { planFile, readLastSettings, readPlanFile, SETTINGS_FILE, writeSettings } from "../plans/download-plan.ts";

/** Version of `_prep/start.json`. */
const START_FORMAT_VERSION = 1;

/** A start as it is stored in `_prep/start.json`. */
export interface StartRecord extends Start {
  readonly format_version: number;
  /** The run of its download; absent until there is a plan. */
  readonly run?: string;
}

/** The file of the record of the start, in the output. */
export const START_FILE = join("_prep", "start.json");

/** The command that continues an output, for hints; `run` names a run of an extended output. */
export function continueCommand(output: string, run?: string): string {
  return `prep continue ${shellWord(output)}${run === undefined ? "" : ` --run ${run}`}`;
}

/** Records the command that makes an output, before anything else is written. Does nothing without a start. */
export async function keepStart(output: string, starting: Starting | undefined, run?: string): Promise<void> {
  if (!starting) return;
  const { limits, ...start } = starting;
  const record: StartRecord = { format_version: START_FORMAT_VERSION, ...start, ...(run === undefined ? {} : { run }) };
  await withProcessLock(output, async () => {
    if (limits && run === undefined) await writeSettings(output, { ...limits, refusedOnce: (await readLastSettings(output))?.refusedOnce });
    await storeAt(output).replace(START_FILE, sealedText(record));
  });
}

/** Removes the record of a start that failed or is done, unless a later start has replaced it. */
export async function forgetStart(output: string, start: Start | undefined): Promise<void> {
  const known = await readStart(output).catch(() => undefined);
  if (known === undefined || known.command !== start?.command || known.directory !== start.directory) return;
  const store = storeAt(output);
  await store.remove(START_FILE);
  // An earlier download continues with its settings.
  if ((await readPlanFile(output, planFile(1))) === undefined) await store.remove(SETTINGS_FILE);
  // Folders with files of others stay.
  await store.removeEmptyFolders(join("_prep", "tmp"), "_prep");
}

/** The last start of an output; undefined if none is recorded. Throws OutputError if the record cannot be read. */
export async function readStart(output: string): Promise<StartRecord | undefined> {
  const store = storeAt(output);
  const path = store.location(START_FILE);
  const text = await store.readText(START_FILE).catch((error: unknown) => {
    if (/^(ENOENT|ENOTDIR|ELOOP)$/.test(errorCode(error) ?? "")) return undefined;
    throw new OutputError(`${path} cannot be read`, "Restore it, or start the command itself again.", { cause: error });
  });
  if (text === undefined) return undefined;
  if (sealState(text) !== "sealed")
    throw new OutputError(`${path} is damaged: its text differs from what was written`, "Start the command itself again.");
  const record = JSON.parse(text) as StartRecord;
  if (record.format_version === START_FORMAT_VERSION) return record;
  throw new OutputError(
    `${path} is of format ${record.format_version}, this version reads ${START_FORMAT_VERSION}`,
    "Continue with the version that began it.",
  );
}
