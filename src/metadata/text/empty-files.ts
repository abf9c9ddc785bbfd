// Between the files and their rows: text files without any text, which have no columns, so that none are guessed for them.
import { InputError } from "../../core/errors.ts";
import { plural } from "../../core/units.ts";
import { textHead } from "./text-lines.ts";

/** More than gzip needs to say that there is nothing. */
const MAX_EMPTY_BYTES = 200;

interface MaybeEmpty {
  readonly path: string;
  readonly bytes: number;
}

/**
 * The files without those that are empty text, as Spark leaves one for each partition without rows, and a notice about
 * them. Throws InputError where nothing is left.
 */
export async function filledFiles<T extends MaybeEmpty>(
  files: readonly T[],
  isText: (file: T) => boolean,
): Promise<{ readonly filled: readonly T[]; readonly notices: readonly string[] }> {
  const filled: T[] = [];
  const empty: T[] = [];
  for (const file of files) (isText(file) && (await isEmptyText(file)) ? empty : filled).push(file);
  const [first] = empty;
  if (!first) return { filled, notices: [] };
  if (filled.length === 0) {
    throw new InputError(
      files.length === 1 ? `${first.path} is empty` : `all ${plural(files.length, "file")} are empty, such as ${first.path}`,
      "Write or fetch it again.",
    );
  }
  return {
    filled,
    notices: [`${empty.length} of ${plural(files.length, "file")} ${empty.length === 1 ? "is" : "are"} empty (${first.path})`],
  };
}

async function isEmptyText({ path, bytes }: MaybeEmpty): Promise<boolean> {
  return bytes === 0 || (bytes <= MAX_EMPTY_BYTES && (await textHead(path)).trim() === "");
}
