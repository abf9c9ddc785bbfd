// Work on an output: turns system errors into errors for users, and finds the command to go on.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { continueCommand, START_FILE } from "../output/records/start-record.ts";
import { asOutputError } from "../store/system-errors.ts";

/** Does a verb's work on an output. Throws OutputError for a system error, such as a folder that this user may not read. */
export async function onOutput<Result>(output: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw asOutputError(error, `working on ${output}`);
  }
}

/** The command that goes on with an output; undefined if no start of it is recorded. */
export function commandToContinue(output: string): string | undefined {
  return existsSync(join(output, START_FILE)) ? continueCommand(output) : undefined;
}
