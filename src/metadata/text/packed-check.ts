// Before DuckDB opens a gzipped text file: one that was cut off ends there for DuckDB, without a word, so all of it is unpacked once.
import { InputError } from "../../core/errors.ts";
import { headOf, isGzip, refuseUnlessText, unpackedBytes } from "./text-lines.ts";

/** zlib works in threads of Node's own, of which there are four. */
const CONCURRENCY = 4;

/**
 * Throws InputError for a text file that is no complete gzip, and for one that is packed or not against its name, by which
 * DuckDB goes.
 */
export async function checkPackedFiles(files: readonly { readonly path: string; readonly bytes: number }[]): Promise<void> {
  const queue = files.values();
  await Promise.all(
    Array.from({ length: Math.min(CONCURRENCY, files.length) }, async () => {
      for (const { path, bytes } of queue) if (bytes > 0) await check(path);
    }),
  );
}

async function check(path: string): Promise<void> {
  const head = await headOf(path).catch((thrown: unknown) => {
    throw new InputError(`${path} cannot be read: ${(thrown as Error).message}`, "Check its permissions.", { cause: thrown });
  });
  const isPacked = isGzip(head);
  const isCalledSo = path.endsWith(".gz");
  if (!isPacked && !isCalledSo) return;
  if (!isCalledSo) throw new InputError(`${path} is gzipped, and its name does not end in .gz`, "Give it a name that does.");
  if (!isPacked) {
    refuseUnlessText(path, head);
    throw new InputError(`${path} is not gzipped, as its name says`, "Fetch it again, or give it a name without .gz.");
  }
  // Whoever reads it to its end hears of one that breaks off.
  for await (const _ of unpackedBytes(path));
}
