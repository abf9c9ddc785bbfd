// The conductor: what the verbs that work on an output share: an output that this user may not read, or where a folder stands for a file, is no defect.
import { asOutputError } from "../store/durable.ts";

/** Does a verb's work on an output; system errors that it meets there are OutputErrors. */
export async function onOutput<Result>(output: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw asOutputError(error, `working on ${output}`);
  }
}
