// Where files live: begin, commit, publish, sweep, so that a shard is there once and whole, or not at all.
//
// An attempt writes all its files into a folder of its own under _prep/tmp. Its record is created exclusively, so of any
// number of racing attempts one wins; the record says which attempt and which files, so that anybody can finish the
// publication, which is one rename a file. What has no record does not count.
import { randomBytes } from "node:crypto";
import { lstat, mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, join } from "node:path";
import { OutputError } from "../core/errors.ts";
import { errorCode, syncDirectory, writeNew } from "./durable.ts";
import { createExclusive } from "./exclusive.ts";
import { moveInto } from "./move-into.ts";
import { insistOnOwnNames } from "./own-names.ts";
import { removeAttempt, removeFolder } from "./removal.ts";
import { sealedText } from "./seal.ts";

/** What every commit record holds, whatever else is in it. */
export interface CommitRecord {
  /** Version of the record's format; readers refuse what they do not know. */
  readonly format_version: number;
  /** The attempt that won, which names its temporary folder. */
  readonly attempt: string;
  /** The files (or folders) that the record commits, by their names in the output folder. */
  readonly files: readonly CommittedFile[];
}

/** A committed file with what is needed to check it. */
export interface CommittedFile {
  readonly name: string;
  readonly bytes: number;
  /** Hex digest of the bytes; absent for a folder. */
  readonly sha256?: string;
  /** Of a folder: hex digest over its files, see `TreeDigest`. */
  readonly tree_sha256?: string;
}

/** Where attempts of all kinds keep their files until they are published. */
export function temporaryFolder(output: string): string {
  return join(output, "_prep", "tmp");
}

/** One try at producing some files. */
export class Attempt {
  readonly id: string;
  readonly #output: string;
  /** From the moment that its record may exist, nobody but a publication may touch the attempt's files. */
  #isCommitting = false;
  /** The attempt's own folder, on the same file system as the output. */
  readonly folder: string;

  /** Names an attempt at `subject`, such as a shard's name; no two attempts ever share an id. Nothing is written yet. */
  constructor(output: string, subject: string) {
    this.#output = output;
    this.id = `${subject}.${machineName()}.${process.pid}.${randomBytes(6).toString("hex")}`;
    this.folder = join(temporaryFolder(output), this.id);
  }

  /** Makes the attempt's folder. An output that is gone, as a disk that was taken away, is not made anew. */
  async begin(): Promise<void> {
    if (!(await exists(this.#output))) throw goneError(this.#output);
    await mkdir(this.folder, { recursive: true });
  }

  /** Where the attempt writes the file that will be published under this name. */
  path(name: string): string {
    return join(this.folder, name);
  }

  /**
   * Commits: the files of the record must be written and synced. True if this attempt's record is the one that counts;
   * else another attempt was first and this one's files are gone. Either way the winner's files are published afterwards,
   * and with them, where `visibleName` is given, the record's text under that name: so a later generation of a shard
   * takes the place of the record that readers know. May be called again after it failed.
   */
  async commit(recordName: string, record: CommitRecord, visibleName?: string): Promise<boolean> {
    if (visibleName !== undefined) {
      // Of a commit that had no space for it.
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
    return winner?.attempt === this.id;
  }

  /** Creates the record exclusively; when that fails the record itself says whether it was created all the same. */
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

  /** Removes all that the attempt wrote, unless its record may exist: then whoever comes next publishes it. */
  async abandon(): Promise<void> {
    if (this.#isCommitting) return;
    await removeFolder(this.folder);
  }
}

/** The error for an output folder that was there and is not any more. */
export function goneError(output: string): OutputError {
  return new OutputError(
    `the output folder ${output} is gone`,
    "Bring it back (was a disk taken away?), then start the same command again: what is committed stays.",
  );
}

/** A record that was torn: only where the file system has no hard links can a kill leave one. It commits nothing. */
export class DamagedRecordError extends OutputError {
  readonly path: string;

  constructor(path: string, cause: unknown) {
    super(`the record ${path} is damaged`, "Remove it to have its shard done again.", { cause });
    this.path = path;
  }
}

/** Names a temporary file of this process, which `removeDeadFiles` sweeps when the process is gone. */
export function temporaryFile(output: string, subject: string): string {
  return join(temporaryFolder(output), `${subject}.${machineName()}.${process.pid}.new`);
}

/** Removes what processes of this machine that are gone have left among the temporary files, attempts of shards excepted. */
export async function removeDeadFiles(output: string): Promise<void> {
  const folder = temporaryFolder(output);
  for (const name of await readdir(folder).catch(() => [])) {
    const [, machine, pid, end] = name.split(".");
    if (end === "new" && machine === machineName() && !isRunning(Number(pid))) await rm(join(folder, name), { force: true });
  }
}

/** A record from disk, or undefined where there is none; one that cannot be read or understood is an OutputError. */
export async function readRecord(path: string): Promise<CommitRecord | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
  let record: CommitRecord;
  try {
    record = JSON.parse(text) as CommitRecord;
  } catch (error) {
    throw new DamagedRecordError(path, error);
  }
  insistOnOwnNames(record, path);
  return record;
}

/**
 * Gives a record's files their names, whoever wrote them and however often it is called. Names of files that are
 * neither published nor with the attempt are returned: they are lost. Throws OutputError where somebody else's file lies in a
 * folder that has to make way.
 */
export async function publish(
  output: string,
  record: CommitRecord,
  visibleName?: string,
  renameFile: typeof rename = rename,
): Promise<string[]> {
  insistOnOwnNames(record, record.attempt);
  const folder = join(temporaryFolder(output), record.attempt);
  const lost: string[] = [];
  const names = record.files.map(({ name }) => name);
  // Last: until it has its name, readers of the record know that the files may be those of the next generation.
  if (visibleName !== undefined) names.push(visibleName);
  for (const name of names) {
    try {
      await moveInto(join(folder, name), output, name, join(folder, "replaced"), renameFile);
    } catch (error) {
      if (errorCode(error) !== "ENOENT") throw error;
      if (!(await exists(join(output, name)))) lost.push(name);
    }
  }
  await syncDirectory(output);
  await removeAttempt(folder);
  return lost;
}

/**
 * Other attempts at a subject that may still be at work; the folders of those whose process on this machine is gone are
 * removed. What another machine has begun counts as alive.
 */
export async function otherAttempts(output: string, subject: string, own: string): Promise<string[]> {
  const folder = temporaryFolder(output);
  const alive: string[] = [];
  for (const name of await readdir(folder).catch(() => [])) {
    const [of, machine, pid] = name.split(".");
    if (of !== subject || name === own) continue;
    if (machine === machineName() && !isRunning(Number(pid))) await removeAttempt(join(folder, name));
    else alive.push(name);
  }
  return alive;
}

/** The folders of attempts at a subject whose process on this machine is gone; they are left as they are, since one may be a winner's. */
export async function deadAttempts(output: string, subject: string, own: string): Promise<string[]> {
  const folder = temporaryFolder(output);
  const names = await readdir(folder).catch(() => []);
  return names.flatMap((name) => {
    const [of, machine, pid, end] = name.split(".");
    if (of !== subject || name === own || end === "new" || machine !== machineName()) return [];
    // Numbers come again, after a restart of a container for instance.
    return Number(pid) === process.pid || !isRunning(Number(pid)) ? [join(folder, name)] : [];
  });
}

/** Attempts of any subject whose process may still be at work; what another machine has begun counts as alive. */
export async function liveAttempts(output: string): Promise<{ readonly name: string; readonly isLocal: boolean }[]> {
  const names = await readdir(temporaryFolder(output)).catch(() => []);
  return names.flatMap((name) => {
    const [, machine, pid, end] = name.split(".");
    const isLocal = machine === machineName();
    const isDead = isLocal && (Number(pid) === process.pid || !isRunning(Number(pid)));
    return end === "new" || isDead ? [] : [{ name, isLocal }];
  });
}

/** Whether an attempt, or a temporary file, is of a process of this machine that is gone. */
export function isDeadAttempt(name: string): boolean {
  const [, machine, pid] = name.split(".");
  return machine === machineName() && !isRunning(Number(pid));
}

/** Whether this machine has a process of this id. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) !== "ESRCH";
  }
}

/** Without dots, since an attempt's id is split at them. */
function machineName(): string {
  return hostname().replace(/[^\w-]/g, "_");
}

/** Removes the temporary folders of attempts whose subject (the id's first part) is committed or abandoned for good. */
export async function sweep(output: string, isFinished: (subject: string) => boolean): Promise<void> {
  const folder = temporaryFolder(output);
  for (const name of await readdir(folder).catch(() => [])) {
    if (isFinished(name.split(".", 1)[0] ?? name)) await removeAttempt(join(folder, name));
  }
}

/** Whether there is a file or folder of this name. */
export async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
}
