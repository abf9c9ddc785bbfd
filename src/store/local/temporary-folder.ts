// The folder of an output for what is not published yet.
import { join } from "node:path";
import { ownProcess } from "../locks/process-name.ts";

/** The folder for temporary files in an output, relative to it. */
export const TEMPORARY = join("_prep", "tmp");

/** Where attempts keep their files until they are published, and processes their locks, claims and notes. */
export function temporaryFolder(output: string): string {
  return join(output, TEMPORARY);
}

/** The name of a temporary file of this process, relative to the output. */
export function temporaryName(subject: string): string {
  return join(TEMPORARY, `${subject}.${ownProcess()}.new`);
}

/** The path of a temporary file of this process. */
export function temporaryPath(output: string, subject: string): string {
  return join(output, temporaryName(subject));
}
