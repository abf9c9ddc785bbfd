// Begins and commits attempts: their files are there once and whole, or not at all.
//
// An attempt writes all its files into a folder of its own in _prep/tmp. Its record is created exclusively, so of any
// number of racing attempts one wins. The record names the attempt and its files, so anybody can finish the publication,
// which is one rename for each file. Files without a record do not count.
import { randomBytes } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { AppendFile } from "../append-file.ts";
import type { CommitRecord } from "../commit-record.ts";
import { type FileDigest, fileDigest } from "../file-digest.ts";
import { holdProcessLock } from "../locks/process-lock.ts";
import { ownProcess } from "../locks/process-name.ts";
import { sealedText } from "../seal.ts";
import type { Attempt } from "../store.ts";
import { goneError } from "../system-errors.ts";
import type { DiskWait } from "../wait-for-disk.ts";
import { exists, syncDirectory, writeNew } from "./durable.ts";
import { createExclusive } from "./exclusive.ts";
import { publish, readRecord } from "./publish.ts";
import { removeFolder } from "./removal.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** An attempt at files of an output on a local disk. */
export class LocalAttempt implements Attempt {
  readonly id: string;
  readonly #output: string;
  /** From the moment that its record may exist, only a publication may touch the attempt's files. */
  #isCommitting = false;
  /** Ends this attempt's hold on the process's lock. */
  #release: (() => Promise<void>) | undefined;
  /** On the same file system as the output, so that a rename publishes. */
  readonly folder: string;

  /** Names an attempt at `subject`; writes nothing. */
  constructor(output: string, subject: string) {
    this.#output = output;
    this.id = `${subject}.${ownProcess()}.${randomBytes(6).toString("hex")}`;
    this.folder = join(temporaryFolder(output), this.id);
  }

  async begin(): Promise<void> {
    if (!(await exists(this.#output))) throw goneError(this.#output);
    this.#release ??= await holdProcessLock(this.#output);
    await mkdir(this.folder, { recursive: true });
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  async write(name: string, text: string): Promise<void> {
    await writeNew(this.path(name), text);
  }

  append(name: string, diskWait: DiskWait): AppendFile {
    return AppendFile.create(this.path(name), diskWait);
  }

  async handOver(name: string): Promise<FileDigest> {
    return await fileDigest(this.path(name));
  }

  async discard(name: string): Promise<void> {
    await rm(this.path(name), { force: true });
  }

  async commit(recordName: string, record: CommitRecord, visibleName?: string): Promise<boolean> {
    if (visibleName !== undefined) {
      // An earlier try may have found no space for it.
      await rm(this.path(visibleName), { force: true });
      await writeNew(this.path(visibleName), sealedText(record));
    }
    await syncDirectory(this.folder);
    await syncDirectory(temporaryFolder(this.#output));
    const recordPath = join(this.#output, recordName);
    const created = await this.#create(recordName, record);
    // Over NFS a link can be reported as failed after it was made, so the record itself is asked who won.
    const winner = created ? record : await readRecord(recordPath);
    if (winner?.attempt !== this.id) {
      this.#isCommitting = false;
      await this.abandon();
    }
    if (winner) await publish(this.#output, winner, visibleName);
    await this.#release?.();
    return winner?.attempt === this.id;
  }

  /** Creates the record exclusively. If that fails, the record itself says whether it was created all the same. */
  async #create(recordName: string, record: CommitRecord): Promise<boolean> {
    const path = join(this.#output, recordName);
    this.#isCommitting = true;
    try {
      return await createExclusive(path, sealedText(record), this.path(`${basename(recordName)}.new`));
    } catch (error) {
      const existing = await readRecord(path);
      this.#isCommitting = existing?.attempt === this.id;
      throw error;
    }
  }

  async abandon(): Promise<void> {
    if (!this.#isCommitting) await removeFolder(this.folder);
    await this.#release?.();
  }
}
