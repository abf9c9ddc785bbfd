// Where files live: the folder of an output for what is not published yet.
import { join } from "node:path";

/** Where attempts of all kinds keep their files until they are published, and processes their locks. */
export function temporaryFolder(output: string): string {
  return join(output, "_prep", "tmp");
}
