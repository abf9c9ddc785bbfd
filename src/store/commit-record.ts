// What a commit record says: which attempt won, and which files it committed.
import { OutputError } from "../core/errors.ts";

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

/** A record that was torn: only where the file system has no hard links can a kill leave one. It commits nothing. */
export class DamagedRecordError extends OutputError {
  readonly path: string;

  constructor(path: string, cause: unknown) {
    super(`the record ${path} is damaged`, "Remove it to have its shard done again.", { cause });
    this.path = path;
  }
}

/** The name of what an exclusive creation of a file leaves behind if its process is killed and the disk has no hard links. */
export function claimName(name: string): string {
  return `${name}.claim`;
}
