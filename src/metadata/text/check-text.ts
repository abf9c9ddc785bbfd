// Checks text files before they are read: refuses broken gzip, leaves out empty files.
import { InputError } from "../../core/errors.ts";
import { plural } from "../../core/units.ts";
import { headOf, isGzip, refuseUnlessText, textHead, unpackedBytes } from "./lines.ts";

/** libuv's thread pool, in which zlib works, has four threads. */
const CONCURRENCY = 4;

/** A larger gzip holds text; gzip needs fewer bytes to hold none. */
const MAX_EMPTY_BYTES = 200;

interface SizedFile {
  readonly path: string;
  readonly bytes: number;
}

/**
 * Throws InputError for a text file that is not a complete gzip, or whose name tells wrongly whether it is gzipped. DuckDB
 * goes by the name, and silently ends where a gzip was cut off, so every gzip is unpacked once.
 */
export async function checkPackedFiles(files: readonly SizedFile[]): Promise<void> {
  const queue = files.values();
  await Promise.all(
    Array.from({ length: Math.min(CONCURRENCY, files.length) }, async () => {
      for (const { path, bytes } of queue) if (bytes > 0) await checkPacked(path);
    }),
  );
}

async function checkPacked(path: string): Promise<void> {
  const head = await headOf(path).catch((thrown: unknown) => {
    throw new InputError(`${path} cannot be read: ${(thrown as Error).message}`, "Check its permissions.", { cause: thrown });
  });
  const isPacked = isGzip(head);
  const isNamedGzip = path.endsWith(".gz");
  if (!isPacked && !isNamedGzip) return;
  if (!isNamedGzip) {
    const hint = /\.gz$/i.test(path) ? "Write .gz in lower case." : "Add .gz to its name.";
    throw new InputError(`${path} is gzipped, but its name does not end in .gz`, hint);
  }
  if (!isPacked) {
    refuseUnlessText(path, head);
    throw new InputError(`${path} is not gzipped, but its name ends in .gz`, "Fetch it again, or remove .gz from its name.");
  }
  // Reading to the end throws if the gzip is cut off.
  for await (const _ of unpackedBytes(path));
}

/**
 * Leaves out text files without any text, such as Spark writes for partitions without rows, and says so in a notice. DuckDB
 * would make up columns for them. Throws InputError if no file is left.
 */
export async function filledFiles<T extends SizedFile>(
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

async function isEmptyText({ path, bytes }: SizedFile): Promise<boolean> {
  return bytes === 0 || (bytes <= MAX_EMPTY_BYTES && (await textHead(path)).trim() === "");
}
