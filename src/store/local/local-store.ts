// The store of an output on a local disk, or on one that is mounted as if it were local.
import { mkdir, readdir, rename, rm, rmdir, stat, statfs } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { type CommitRecord, claimName } from "../commit-record.ts";
import type { Attempt, LiveAttempt, NoteOptions, Places, ProcessNote, Store } from "../store.ts";
import type { DiskSpace } from "../wait-for-disk.ts";
import { LocalAttempt } from "./attempt.ts";
import { deadAttempts, liveAttempts, otherAttempts, removeDeadFiles, sweep } from "./attempts.ts";
import { makeWritableFolder, replaceFile, syncDirectory } from "./durable.ts";
import { createExclusive, isClaim, removeClaim } from "./exclusive.ts";
import { LocalFiles } from "./local-files.ts";
import { readNotes, removeNote, touchNote, writeNote } from "./notes.ts";
import { placesIn } from "./places.ts";
import { publish, readRecord } from "./publish.ts";
import { TEMPORARY, temporaryFolder, temporaryName } from "./temporary-folder.ts";
import { isLeftProbe } from "./write-probe.ts";

/** The files of one output on a disk. `move` and `sync` are what only a disk can do. */
export class LocalStore extends LocalFiles implements Store {
  async places(): Promise<Places> {
    return await placesIn(this.output);
  }

  async createExclusive(name: string, text: string): Promise<boolean> {
    return await createExclusive(this.location(name), text, this.location(unfinishedName(name)));
  }

  async replace(name: string, text: string): Promise<void> {
    await replaceFile(this.location(name), text, this.location(unfinishedName(name)));
  }

  async replaceBy(name: string, write: (path: string) => Promise<void>): Promise<void> {
    const unfinished = this.location(unfinishedName(name));
    await rm(unfinished, { force: true });
    await write(unfinished);
    await rename(unfinished, this.location(name));
  }

  async remove(name: string): Promise<void> {
    await rm(this.location(name), { force: true });
  }

  async removeTree(name: string): Promise<void> {
    await rm(this.location(name), { recursive: true, force: true, maxRetries: 3, retryDelay: 20 });
  }

  async makeFolder(name: string): Promise<void> {
    await mkdir(this.location(name), { recursive: true });
  }

  async removeEmptyFolders(...names: readonly string[]): Promise<void> {
    for (const name of names) await rmdir(this.location(name)).catch(() => undefined);
  }

  async makeWritable(): Promise<void> {
    await makeWritableFolder(this.output);
  }

  async fileInTheWay(): Promise<string | undefined> {
    for (let path = resolve(this.output); ; path = dirname(path)) {
      const entry = await stat(path).catch(() => undefined);
      if (entry?.isDirectory() || path === dirname(path)) return undefined;
      if (entry) return path;
    }
  }

  async space(): Promise<DiskSpace> {
    const { bavail, blocks, bsize } = await statfs(this.output);
    return { freeBytes: bavail * bsize, sizeBytes: blocks * bsize };
  }

  async isLeftCreation(name: string): Promise<boolean> {
    return await isClaim(this.location(name));
  }

  async removeLeftCreation(name: string): Promise<void> {
    await removeClaim(this.location(claimName(name)));
  }

  async isLeftProbe(name: string): Promise<boolean> {
    return await isLeftProbe(this.output, name);
  }

  temporaryName(subject: string): string {
    return temporaryName(subject);
  }

  async writeNote(subject: string, text: string, options?: NoteOptions): Promise<void> {
    await writeNote(this.output, subject, text, options);
  }

  async touchNote(subject: string, at: Date): Promise<void> {
    await touchNote(this.output, subject, at);
  }

  async removeNote(subject: string): Promise<void> {
    await removeNote(this.output, subject);
  }

  async notes(subject: string): Promise<ProcessNote[]> {
    return await readNotes(this.output, subject);
  }

  attempt(subject: string): Attempt {
    return new LocalAttempt(this.output, subject);
  }

  async readRecord(name: string): Promise<CommitRecord | undefined> {
    return await readRecord(this.location(name));
  }

  async publish(record: CommitRecord, visibleName?: string): Promise<string[]> {
    return await publish(this.output, record, visibleName);
  }

  async isUnpublished({ attempt }: Pick<CommitRecord, "attempt">, name: string): Promise<boolean> {
    return await this.exists(`${TEMPORARY}/${attempt}/${name}`);
  }

  async temporaryNames(): Promise<string[]> {
    return await readdir(temporaryFolder(this.output));
  }

  async otherAttempts(subject: string, own: string, recordName?: string): Promise<string[]> {
    return await otherAttempts(this.output, subject, own, recordName);
  }

  async deadAttempts(subject: string, own: string): Promise<string[]> {
    return await deadAttempts(this.output, subject, own);
  }

  async liveAttempts(): Promise<LiveAttempt[]> {
    return await liveAttempts(this.output);
  }

  async sweep(isFinished: (subject: string) => boolean): Promise<void> {
    await sweep(this.output, isFinished);
  }

  async removeDeadFiles(): Promise<void> {
    await removeDeadFiles(this.output);
  }

  /** Renames a file or folder of the output, over a file or an empty folder of the new name. */
  async move(from: string, to: string): Promise<void> {
    await rename(this.location(from), this.location(to));
  }

  /** Waits until a folder's entries (creations, renames) are on the disk. */
  async sync(folder?: string): Promise<void> {
    await syncDirectory(this.location(folder));
  }
}

/** Where a file is written before it gets its name; two files of one process must not share it. */
function unfinishedName(name: string): string {
  const [stem = name] = basename(name).split(".", 1);
  const unfinished = temporaryName(stem);
  return unfinished === name ? `${name}.part` : unfinished;
}
