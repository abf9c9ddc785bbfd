// Shards become samples again: files whose names share a key are one sample, in a tar as in a folder.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { readTar, type TarMember } from "../tar/read-tar.ts";
import type { LoadedSample } from "./loaded-sample.ts";

/** The samples of one tar in order; adjacent members up to the first dot of their name belong together, as in webdataset. */
export async function* readTarShard(path: string, tar: AsyncIterable<TarMember> = readTar(path)): AsyncGenerator<LoadedSample> {
  let key: string | undefined;
  let members = new Map<string, Buffer>();
  for await (const { name, body } of tar) {
    const [next, extension] = splitName(name);
    if (key !== undefined && next !== key) {
      yield { key, members };
      members = new Map();
    }
    key = next;
    members.set(extension, body);
  }
  if (key !== undefined) yield { key, members };
}

/** The samples of one folder in the order of their keys. */
export async function* readFolderShard(path: string): AsyncGenerator<LoadedSample> {
  const names = new Map<string, string[]>();
  for (const name of (await readdir(path)).sort()) {
    const [key] = splitName(name);
    names.set(key, [...(names.get(key) ?? []), name]);
  }
  for (const [key, files] of names) {
    const members = new Map<string, Buffer>();
    for (const file of files) members.set(splitName(file)[1], await readFile(join(path, file)));
    yield { key, members };
  }
}

function splitName(name: string): [key: string, extension: string] {
  const dot = name.indexOf(".");
  return [name.slice(0, dot), name.slice(dot + 1).toLowerCase()];
}
