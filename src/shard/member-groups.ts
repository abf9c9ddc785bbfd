// Files that share a key become one sample, in a tar as in a folder.
import type { TarMember } from "../tar/read-tar.ts";
import type { LoadedSample } from "./loaded-sample.ts";
import type { InspectedSample, StoredSample } from "./output-format.ts";

/** Groups adjacent members whose names agree up to the first dot, as the `webdataset` package does. Extensions get lower case. */
export async function* groupMembers(files: AsyncIterable<TarMember>): AsyncGenerator<LoadedSample> {
  let key: string | undefined;
  let members = new Map<string, Buffer>();
  for await (const { name, body } of files) {
    const [next, extension] = splitName(name);
    if (key !== undefined && next !== key) {
      yield { key, members };
      members = new Map();
    }
    key = next;
    members.set(extension.toLowerCase(), body);
  }
  if (key !== undefined) yield { key, members };
}

/** Groups adjacent names that agree up to the first dot. */
export function groupNames(names: readonly string[]): InspectedSample[] {
  const samples: { key: string; extensions: string[] }[] = [];
  for (const name of names) {
    const [key, extension] = splitName(name);
    const last = samples.at(-1);
    if (last?.key === key) last.extensions.push(extension);
    else samples.push({ key, extensions: [extension] });
  }
  return samples;
}

/** The members of samples as the entries that a writer takes. */
export async function* storedMembers(samples: AsyncIterable<LoadedSample>): AsyncGenerator<StoredSample> {
  for await (const { key, members } of samples) yield { key, entries: [...members].map(([extension, body]) => ({ extension, body })) };
}

/** The key and the extension of a member; a name without a dot is all key. */
export function splitName(name: string): [key: string, extension: string] {
  const dot = name.indexOf(".");
  return dot < 0 ? [name, ""] : [name.slice(0, dot), name.slice(dot + 1)];
}
