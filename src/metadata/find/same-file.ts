// Where files were found: one that links lead to as well is one file, whose rows count once.
import { realpath } from "node:fs/promises";

/** Look-ups at once: enough to hide a network disk's latency. */
const CONCURRENCY = 32;

/** The files, sorted, each once: under its own path where that was found, else under the first of the links to it. */
export async function eachOnce<T extends { readonly path: string }>(files: Iterable<T>): Promise<T[]> {
  const sorted = [...files].sort((left, right) => (left.path < right.path ? -1 : 1));
  const own = new Map<string, string>();
  const queue = sorted.values();
  await Promise.all(
    Array.from({ length: Math.min(CONCURRENCY, sorted.length) }, async () => {
      for (const { path } of queue) own.set(path, await ownPath(path));
    }),
  );
  const chosen = new Map<string, T>();
  for (const file of sorted) {
    const key = own.get(file.path) ?? file.path;
    if (!chosen.has(key) || key === file.path) chosen.set(key, file);
  }
  const kept = new Set(chosen.values());
  return sorted.filter((file) => kept.has(file));
}

/** Where a path leads in the end; what cannot be followed, as an address, is itself. */
export async function ownPath(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}
