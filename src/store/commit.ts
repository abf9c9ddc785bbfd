// Where files live: begin, commit, publish, sweep, so that a shard is there once and whole, or not at all.
//
// An attempt writes all its files into a folder of its own under _prep/tmp. Its record is created exclusively, so of any
// number of racing attempts one wins; the record says which attempt and which files, so that anybody can finish the
// publication, which is one rename a file. What has no record does not count.
import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { OutputError } from "../core/errors.ts";
import { removeDeadClaims } from "./claim.ts";
import { errorCode, exists, syncDirectory, writeNew } from "./durable.ts";
import { createExclusive } from "./exclusive.ts";
import { removeFreeLock } from "./lock-file.ts";
import { moveInto } from "./move-into.ts";
import { insistOnOwnNames } from "./own-names.ts";
import { deadLocks, lifeIn } from "./process-life.ts";
import { holdProcessLock, isLockName } from "./process-lock.ts";
import { isLocal, ownerOf, ownProcess } from "./process-name.ts";
import { isBeingRemoved, removeAttempt, removeFolder } from "./removal.ts";
import { sealedText } from "./seal.ts";
import { temporaryFolder } from "./temporary-folder.ts";

export { exists, temporaryFolder };

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

/** One try at producing some files. */
export class Attempt {
  readonly id: string;
  readonly #output: string;
  /** From the moment that its record may exist, nobody but a publication may touch the attempt's files. */
  #isCommitting = false;
  /** Ends this attempt's hold on the process's lock. */
  #release: (() => Promise<void>) | undefined;
  /** The attempt's own folder, on the same file system as the output. */
  readonly folder: string;

  /** Names an attempt at `subject`, such as a shard's name; no two attempts ever share an id. Nothing is written yet. */
  constructor(output: string, subject: string) {
    this.#output = output;
    this.id = `${subject}.${ownProcess()}.${randomBytes(6).toString("hex")}`;
    this.folder = join(temporaryFolder(output), this.id);
  }

  /**
   * Makes the attempt's folder, under the lock that says that this process is alive. An output that is gone, as a disk that was
   * taken away, is not made anew. May be called again after it failed.
   */
  async begin(): Promise<void> {
    if (!(await exists(this.#output))) throw goneError(this.#output);
    this.#release ??= await holdProcessLock(this.#output);
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
    await this.#release?.();
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
    if (!this.#isCommitting) await removeFolder(this.folder);
    await this.#release?.();
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

/** Names a temporary file of this process, which `removeDeadFiles` sweeps when the process is gone. To be used under its lock. */
export function temporaryFile(output: string, subject: string): string {
  return join(temporaryFolder(output), `${subject}.${ownProcess()}.new`);
}

/** Removes what processes that are gone have left among the temporary files, attempts of shards excepted, and locks that tell of nothing more. */
export async function removeDeadFiles(output: string): Promise<void> {
  const folder = temporaryFolder(output);
  const isAlive = lifeIn(output);
  for (const name of await readdir(folder).catch(() => [])) {
    if (isTemporaryFile(name) && !(await isAlive(name))) await rm(join(folder, name), { recursive: true, force: true });
  }
  for (const name of await deadLocks(output)) await removeFreeLock(join(folder, name));
  await removeDeadClaims(output);
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
 * Other attempts at a subject that may still be at work; the folders of those whose process is gone are removed, unless the
 * record of this name is theirs. What another machine has begun counts as alive.
 */
export async function otherAttempts(output: string, subject: string, own: string, recordName?: string): Promise<string[]> {
  const folder = temporaryFolder(output);
  const isAlive = lifeIn(output);
  const alive: string[] = [];
  for (const name of await attemptsAt(output, subject, own)) {
    if (await isAlive(name)) alive.push(name);
    // It may have committed before it died, and after the caller looked for a record.
    else if (recordName === undefined || (await readRecord(join(output, recordName)))?.attempt !== name)
      await removeAttempt(join(folder, name));
  }
  return alive;
}

/** The folders of attempts at a subject whose process is gone; they are left as they are, since one may be a winner's. */
export async function deadAttempts(output: string, subject: string, own: string): Promise<string[]> {
  const isAlive = lifeIn(output);
  const dead: string[] = [];
  for (const name of await attemptsAt(output, subject, own)) if (!(await isAlive(name))) dead.push(join(temporaryFolder(output), name));
  return dead;
}

async function attemptsAt(output: string, subject: string, own: string): Promise<string[]> {
  const names = await readdir(temporaryFolder(output)).catch(() => []);
  return names.filter((name) => name.startsWith(`${subject}.`) && name !== own && isAttempt(name));
}

/** Attempts of any subject that other processes may still be at work on; what another machine has begun counts as alive. */
export async function liveAttempts(output: string): Promise<{ readonly name: string; readonly isLocal: boolean }[]> {
  const isAlive = lifeIn(output);
  const alive: { readonly name: string; readonly isLocal: boolean }[] = [];
  for (const name of await readdir(temporaryFolder(output)).catch(() => [])) {
    const owner = ownerOf(name);
    if (!owner || !isAttempt(name) || isBeingRemoved(name) || name.includes(`.${ownProcess()}.`)) continue;
    if (await isAlive(name)) alive.push({ name, isLocal: isLocal(owner) });
  }
  return alive;
}

function isAttempt(name: string): boolean {
  return ownerOf(name) !== undefined && !isLockName(name) && !isTemporaryFile(name);
}

/** Also what `createExclusive` and `replaceFile` write beside it. */
function isTemporaryFile(name: string): boolean {
  return /\.new(?:\.|$)/.test(name);
}

/** Removes the temporary folders of attempts whose subject (the id's first part) is committed or abandoned for good. */
export async function sweep(output: string, isFinished: (subject: string) => boolean): Promise<void> {
  const folder = temporaryFolder(output);
  for (const name of await readdir(folder).catch(() => [])) {
    if (isAttempt(name) && isFinished(name.split(".", 1)[0] ?? name)) await removeAttempt(join(folder, name));
  }
}
