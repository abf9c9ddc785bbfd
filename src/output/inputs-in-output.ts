// Refuses inputs that lie where the output's own files go, by real paths.
import { realpath, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { OutputError } from "../core/errors.ts";
import { isRemote } from "../metadata/find/remote.ts";
import { inputPath } from "./download-plan.ts";

/** Folders of an output that may be mounted elsewhere, where no path tells that they are its own. */
const OWN_FOLDERS = ["", "partitions", "_prep"];

/** Whether a place in an output, and the name at the top that it begins with, is one of the output's own. */
export type IsTaken = (top: string, place: string) => boolean;

/** Throws OutputError where one of these files, whose paths may be as plans keep them, lies at a place that is taken. */
export async function refuseInputsAt(output: string, paths: readonly string[], isTaken: IsTaken): Promise<void> {
  const placesOf = await placesIn(output);
  for (const path of paths) {
    for (const place of isRemote(path) ? [] : await placesOf(path)) {
      const [top = ""] = place.split("/");
      if (isTaken(top, place)) throw ownInputError(output, place);
    }
  }
}

/** Gives where a file lies in the output, by whatever links, `..` or bind mounts it, or the output, was named; relative paths. */
async function placesIn(output: string): Promise<(path: string) => Promise<readonly string[]>> {
  const anchors = new Map<string, string>();
  for (const name of OWN_FOLDERS) {
    const key = await folderKey(join(output, name));
    if (key !== undefined && !anchors.has(key)) anchors.set(key, name);
  }
  /** What is below an anchor, by folder: many files lie in few. */
  const known = new Map<string, Promise<string | undefined>>();
  const insideOf = (folder: string): Promise<string | undefined> => {
    const before = known.get(folder);
    if (before) return before;
    const found = folderKey(folder).then(async (key) => {
      const anchor = key === undefined ? undefined : anchors.get(key);
      if (anchor !== undefined || folder === dirname(folder)) return anchor;
      const above = await insideOf(dirname(folder));
      return above === undefined ? undefined : join(above, basename(folder));
    });
    known.set(folder, found);
    return found;
  };
  return async (path) => {
    if (anchors.size === 0) return [];
    const named = resolve(inputPath(output, path));
    const folder = await realpath(dirname(named)).catch(() => undefined);
    // What stands there may be a link, which would be lost, to a file, which would be read from then on.
    const places = new Set([folder && join(folder, basename(named)), await realpath(named).catch(() => undefined)]);
    const found: string[] = [];
    for (const place of places) {
      const inside = place === undefined ? undefined : await insideOf(dirname(place));
      if (place !== undefined && inside !== undefined) found.push(join(inside, basename(place)));
    }
    return found;
  };
}

function ownInputError(output: string, place: string): OutputError {
  return new OutputError(`${join(output, place)} is the input and would be overwritten`, "Copy it elsewhere, or name another --output.");
}

/** Tells a folder by whatever path it is reached. */
async function folderKey(path: string): Promise<string | undefined> {
  return await stat(path, { bigint: true }).then(
    ({ dev, ino }) => `${dev}:${ino}`,
    () => undefined,
  );
}
