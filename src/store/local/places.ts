// Finds where in an output a file lies, by real paths and by folders that may be mounted elsewhere.
import { realpath, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { Places } from "../store.ts";

/** Folders of an output that may be mounts, whose paths do not tell that they are the output's. */
const OWN_FOLDERS = ["", "partitions", "_prep"];

/** The function that `Store.places` promises. It asks for each folder once, since many files lie in few folders. */
export async function placesIn(output: string): Promise<Places> {
  const anchors = new Map<string, string>();
  for (const name of OWN_FOLDERS) {
    const key = await folderKey(join(output, name));
    if (key !== undefined && !anchors.has(key)) anchors.set(key, name);
  }
  /** The place of each folder that was asked for, relative to the output. */
  const known = new Map<string, Promise<string | undefined>>();
  const placeOf = (folder: string): Promise<string | undefined> => {
    const before = known.get(folder);
    if (before) return before;
    const found = folderKey(folder).then(async (key) => {
      const anchor = key === undefined ? undefined : anchors.get(key);
      if (anchor !== undefined || folder === dirname(folder)) return anchor;
      const above = await placeOf(dirname(folder));
      return above === undefined ? undefined : join(above, basename(folder));
    });
    known.set(folder, found);
    return found;
  };
  return async (path) => {
    if (anchors.size === 0) return [];
    const named = resolve(path);
    const folder = await realpath(dirname(named)).catch(() => undefined);
    // The name may be a link, which would be lost, to a file, which would be read from then on.
    const places = new Set([folder && join(folder, basename(named)), await realpath(named).catch(() => undefined)]);
    const found: string[] = [];
    for (const place of places) {
      const inside = place === undefined ? undefined : await placeOf(dirname(place));
      if (place !== undefined && inside !== undefined) found.push(join(inside, basename(place)));
    }
    return found;
  };
}

/** Identifies a folder whatever path leads to it. */
async function folderKey(path: string): Promise<string | undefined> {
  return await stat(path, { bigint: true }).then(
    ({ dev, ino }) => `${dev}:${ino}`,
    () => undefined,
  );
}
