// Where files are searched: a link that leads nowhere has rows somewhere, or had, and is never passed over in silence.
import { InputError } from "../../core/errors.ts";

/** The error for a link of a folder or glob, named like data, behind which there is no file. */
export function brokenLink(path: string): InputError {
  return new InputError(
    `${path} is a link that leads nowhere`,
    "Fetch the file that it leads to again, or remove the link to do without its rows.",
  );
}
