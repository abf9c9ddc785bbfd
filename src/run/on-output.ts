// The conductor: what the verbs that work on an output share: an output that this user may not read, or where a folder stands for a file, is no defect.
import { OutputError } from "../core/errors.ts";
import { asOutputError, errorCode } from "../store/durable.ts";

const FORBIDDEN = new Set(["EACCES", "EPERM", "EROFS"]);

/** Does a verb's work on an output; system errors that it meets there are OutputErrors. */
export async function onOutput<Result>(output: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!FORBIDDEN.has(errorCode(error) ?? "")) throw asOutputError(error, `working on ${output}`);
    throw new OutputError(
      `no permission while working on ${output}: ${(error as Error).message}`,
      "Start it as the user whose output this is, or give this one the rights.",
      { cause: error },
    );
  }
}
