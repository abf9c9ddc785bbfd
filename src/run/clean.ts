// `prep clean`: removes what killed processes left behind.
import { cleanOutput, type Leftover } from "../output/clean.ts";
import { onOutput } from "./on-output.ts";

/** Removes leftovers of dead processes, or only finds them if `isDryRun`. Throws OutputError if the folder is no output. */
export async function clean(output: string, tempDirectory: string | undefined, isDryRun: boolean): Promise<Leftover[]> {
  return await onOutput(output, () => cleanOutput(output, tempDirectory, isDryRun));
}
