// Refuses an output that is not a folder, and says why a folder holds nothing finished.
import { resolve } from "node:path";
import { IncompleteError, OutputError } from "../../core/errors.ts";
import { readPattern } from "../../sql/text.ts";
import { storeAt } from "../../store/store-at.ts";
import { continueCommand, readStart } from "../records/start-record.ts";

/**
 * Throws OutputError if the output or a folder above it is a file, and InputError if DuckDB could not read files in a folder of that name.
 * Creates nothing.
 */
export async function refuseFileAsOutput(output: string): Promise<void> {
  readPattern(resolve(output));
  const file = await storeAt(output).fileInTheWay();
  if (file !== undefined)
    throw new OutputError(`cannot write to the output folder ${output}: ${file} is a file`, "Choose another --output.");
}

/** The error of a verb that finds nothing finished in a folder: it has no plan yet, or it is not an output. */
export async function nothingFinished(output: string): Promise<IncompleteError | OutputError> {
  if ((await readStart(output)) === undefined) return noOutput(output);
  return new IncompleteError(`${output} was started and has nothing finished yet`, `Start ${continueCommand(output)} first.`);
}

/** The error for a folder that neither prep nor img2dataset has written to. */
export function noOutput(output: string): OutputError {
  return new OutputError(`${output} is not an output of prep or img2dataset`, "Name the folder that was given as --output.");
}
