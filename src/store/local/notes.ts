// Small notes of processes: what a worker has done, and what a process waits for.
import { readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { lifeIn } from "../locks/process-life.ts";
import type { NoteOptions, ProcessNote } from "../store.ts";
import { temporaryFolder, temporaryPath } from "./temporary-folder.ts";

/** Writes a note beside its name and renames it, so that a reader finds the whole note or none. */
export async function writeNote(output: string, subject: string, text: string, { isKeptEmpty = false }: NoteOptions = {}): Promise<void> {
  const unfinished = temporaryPath(output, `unfinished-${subject}`);
  await writeFile(unfinished, text).catch((error: unknown) => {
    // On a full disk an empty note can still be created, so its name alone carries the message.
    if (!isKeptEmpty) throw error;
  });
  await rename(unfinished, temporaryPath(output, subject));
}

/** Sets when a note was last heard of. */
export async function touchNote(output: string, subject: string, at: Date): Promise<void> {
  await utimes(temporaryPath(output, subject), at, at);
}

/** Removes a note, and one that was not finished. */
export async function removeNote(output: string, subject: string): Promise<void> {
  for (const name of [`unfinished-${subject}`, subject]) await rm(temporaryPath(output, name), { force: true });
}

/** The notes of living processes whose subject begins so; those that cannot be read are left out. */
export async function readNotes(output: string, subject: string): Promise<ProcessNote[]> {
  const folder = temporaryFolder(output);
  const isAlive = lifeIn(output);
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.startsWith(subject));
  const notes = await Promise.all(
    names.map(async (name) => ((await isAlive(name)) ? await readNote(join(folder, name), name).catch(() => undefined) : undefined)),
  );
  return notes.filter((note) => note !== undefined);
}

async function readNote(path: string, name: string): Promise<ProcessNote> {
  const { birthtime, mtime } = await stat(path);
  const [subject = name] = name.split(".", 1);
  return { subject, text: await readFile(path, "utf8"), createdAt: birthtime, modifiedAt: mtime };
}
