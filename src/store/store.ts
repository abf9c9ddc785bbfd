// The interface to an output's files: read, create, replace, commit, publish, sweep.
//
// Callers name files relative to the output, with `/` between folders. Every error of the system carries the `code` that
// Node's file system gives it (`ENOENT`, `EISDIR`, `ENOSPC`), whatever the store is.
//
// How an object store (S3) can implement it, since it has no rename, no link, no append and no folders:
// - `createExclusive` is one `PutObject` with `If-None-Match: *`. `replace` is a plain one.
// - An attempt writes its files to a local folder. `append` uploads parts of a multipart upload while the file grows;
//   `handOver` uploads a file that somebody else wrote, as DuckDB does. Neither completes its upload.
// - `commit` creates the record exclusively, with the upload's id and the ETags of its parts. `publish` completes the
//   uploads from the record, so anybody can do it, and more than once.
// - `sweep` aborts uploads that no record names.
// - Folders do not exist: `makeFolder` and `removeEmptyFolders` do nothing, and `names` of a missing folder is empty.
//
// Local by nature, whatever the store is, and so no part of this interface: the locks and claims of processes (`locks/`),
// the folder of a running attempt, notes on decoders, spill files, and the work folder of stage one. `LocalStore` has what
// only a disk can do, such as moving a folder.
import type { AppendFile } from "./append-file.ts";
import type { CommitRecord } from "./commit-record.ts";
import type { FileDigest } from "./file-digest.ts";
import type { DiskSpace, DiskWait } from "./wait-for-disk.ts";

/** What has a name in an output. `other` is a device, a socket or a pipe. */
export type FileKind = "file" | "folder" | "link" | "other";

/** A name in a folder of an output. */
export interface StoreEntry {
  /** Without the folder. */
  readonly name: string;
  readonly kind: FileKind;
}

/** A note of a process that is alive, see `Store.writeNote`. */
export interface ProcessNote {
  readonly subject: string;
  /** Empty if the disk had room for the name alone. */
  readonly text: string;
  readonly createdAt: Date;
  /** When the process last wrote or touched it. */
  readonly modifiedAt: Date;
}

/** An attempt that a process may still be working on. */
export interface LiveAttempt {
  readonly id: string;
  /** False if the process runs on another machine, where nobody can ask whether it is alive. */
  readonly isLocal: boolean;
}

/** The files of one output. */
export interface Store {
  /** The output as the user named it. */
  readonly output: string;

  /** The path or URL of a file, for DuckDB and for messages; without a name, of the output itself. */
  location(name?: string): string;

  /** Whether the name exists, be it a file, a folder or a link to nothing. Without a name: whether the output exists. */
  exists(name?: string): Promise<boolean>;

  /** What a name is, without following a link; undefined if it does not exist. */
  kind(name?: string): Promise<FileKind | undefined>;

  /** Whether a name is a folder, or a link to one. False for whatever cannot be asked. */
  isFolder(name?: string): Promise<boolean>;

  /** The names in a folder, in no order; without a folder, those at the top. Throws ENOENT if a disk has no such folder. */
  names(folder?: string): Promise<string[]>;

  /** The names in a folder with what they are. Throws as `names` does. */
  entries(folder?: string): Promise<StoreEntry[]>;

  /** Reads a whole file as UTF-8. Throws ENOENT if it does not exist, and EISDIR if it is a folder. */
  readText(name: string): Promise<string>;

  /** Reads the bytes [from, to) of a file; fewer if it ends earlier. */
  readRange(name: string, from: number, to: number): Promise<Buffer>;

  /** Reads a whole file for its size and SHA-256; `onChunk` sees the same bytes in order. */
  digest(name: string, onChunk?: (chunk: Buffer) => void): Promise<FileDigest>;

  /** Where a file outside the store's own names lies in the output, whatever links lead to it; see `Places`. */
  places(): Promise<Places>;

  /** Creates a file with this text. True for exactly one of any number of racing callers; the text is whole at once. */
  createExclusive(name: string, text: string): Promise<boolean>;

  /** Replaces a file, or creates it. Readers see the old text or the new one, and a power cut keeps one of them. */
  replace(name: string, text: string): Promise<void>;

  /** Replaces a file by one that `write` writes to a local path. */
  replaceBy(name: string, write: (path: string) => Promise<void>): Promise<void>;

  /** Removes a file if it exists. */
  remove(name: string): Promise<void>;

  /** Removes a file, or a folder with everything in it, if it exists. */
  removeTree(name: string): Promise<void>;

  /** Makes a folder and those above it. */
  makeFolder(name: string): Promise<void>;

  /** Removes each folder that is empty; leaves the others. */
  removeEmptyFolders(...names: readonly string[]): Promise<void>;

  /** Makes the output if it is missing, and writes and removes a file in it. Throws OutputError if that fails. */
  makeWritable(): Promise<void>;

  /** The path of a file that stands where the output, or a folder above it, would have to be; undefined if none does. */
  fileInTheWay(): Promise<string | undefined>;

  /** Free bytes, and those of the whole disk; undefined if the store knows no limit. */
  space(): Promise<DiskSpace | undefined>;

  /** Whether a name at the top is what an exclusive creation left behind when its process was killed. */
  isLeftCreation(name: string): Promise<boolean>;

  /** Removes what a killed process left of the exclusive creation of a file that exists by now. */
  removeLeftCreation(name: string): Promise<void>;

  /** Whether a name at the top is what `makeWritable` left behind when its process was killed. */
  isLeftProbe(name: string): Promise<boolean>;

  /** Names a file of this process that `removeDeadFiles` removes when the process is gone. The caller holds the process lock. */
  temporaryName(subject: string): string;

  /** Writes or replaces a small note of this process without waiting for the disk. */
  writeNote(subject: string, text: string, options?: NoteOptions): Promise<void>;

  /** Sets when a note of this process was last heard of. */
  touchNote(subject: string, at: Date): Promise<void>;

  /** Removes a note of this process. */
  removeNote(subject: string): Promise<void>;

  /** The notes of living processes whose subject begins so; processes of other machines count as alive. */
  notes(subject: string): Promise<ProcessNote[]>;

  /** Names an attempt at `subject`, such as a shard's name. No two attempts ever share an id. Nothing is written yet. */
  attempt(subject: string): Attempt;

  /**
   * Reads a commit record; undefined if it does not exist. Throws DamagedRecordError if it is no JSON, and OutputError if it
   * names files outside the output.
   */
  readRecord(name: string): Promise<CommitRecord | undefined>;

  /**
   * Gives the files of a record their names. Any process may call it, and more than once; `visibleName` is that of the
   * record's copy. Returns the names of files that are lost: neither published nor with the attempt. Throws OutputError if a
   * folder that has to make way holds foreign files.
   */
  publish(record: CommitRecord, visibleName?: string): Promise<string[]>;

  /** Whether a file of a committed record is still with its attempt, so that it does not have its name yet. */
  isUnpublished(record: Pick<CommitRecord, "attempt">, name: string): Promise<boolean>;

  /** The names of everything that attempts and processes keep until they end. Throws ENOENT if there is nothing. */
  temporaryNames(): Promise<string[]>;

  /**
   * The ids of other attempts at a subject that may still be at work. Removes those whose process is gone, unless the record
   * `recordName` is theirs. An attempt of another machine counts as alive.
   */
  otherAttempts(subject: string, own: string, recordName?: string): Promise<string[]>;

  /** The local folders of attempts at a subject whose process is gone; they stay, since one may be a winner's. */
  deadAttempts(subject: string, own: string): Promise<string[]>;

  /** Attempts at any subject that other processes may still be working on. Those of another machine count as alive. */
  liveAttempts(): Promise<LiveAttempt[]>;

  /** Removes the attempts at subjects (the first part of an attempt's id) that are finished: committed, or given up for good. */
  sweep(isFinished: (subject: string) => boolean): Promise<void>;

  /** Removes temporary files, locks and claims of processes that are gone; attempts stay. */
  removeDeadFiles(): Promise<void>;
}

/** One try at producing files that are published together. */
export interface Attempt {
  readonly id: string;
  /** The local folder for everything that the attempt writes. */
  readonly folder: string;

  /**
   * Makes the attempt's folder, under the lock that says that this process is alive. Throws OutputError if the output is
   * gone, as when a disk was taken away: it is not made anew. May be called again after it failed.
   */
  begin(): Promise<void>;

  /** The local path of a file of this attempt, for a writer such as DuckDB. `handOver` it before `commit`. */
  path(name: string): string;

  /** Writes a whole small file, and waits until it is on the disk. */
  write(name: string, text: string): Promise<void>;

  /** Creates a file that is written from its beginning to its end. Finish it before `commit`. */
  append(name: string, diskWait: DiskWait): AppendFile;

  /** Takes a whole file that somebody wrote to `path(name)`: waits until it is safe, and returns its size and SHA-256. */
  handOver(name: string): Promise<FileDigest>;

  /** Removes a file of this attempt if it exists. */
  discard(name: string): Promise<void>;

  /**
   * Creates the record exclusively, and publishes the winner's files. True if this attempt's record is the one that counts;
   * otherwise another attempt was first, and this one's files are gone. If `visibleName` is given, the record's text is also
   * published under that name: a later generation of a shard so replaces the record that readers know. Every file of the
   * record must be finished or handed over. May be called again after it failed.
   */
  commit(recordName: string, record: CommitRecord, visibleName?: string): Promise<boolean>;

  /** Removes all that the attempt wrote, unless its record may exist: then the next process publishes it. */
  abandon(): Promise<void>;
}

/** How a note is written. */
export interface NoteOptions {
  /** Whether a full disk should leave an empty note, so that its name alone carries the message. */
  readonly isKeptEmpty?: boolean;
}

/**
 * Finds where a file lies in the output, whatever links, `..` or mounts its path goes through. Returns names relative to the
 * output; none if the file lies elsewhere, and two if a link in the output leads to another file there.
 */
export type Places = (path: string) => Promise<readonly string[]>;
