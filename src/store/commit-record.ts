// What a commit record says: which attempt won, and which files it committed.
import { OutputError } from "../core/errors.ts";

/** The fields of every commit record. */
export interface CommitRecord {
  /** Version of the record's format. Readers refuse versions that they do not know. */
  readonly format_version: number;
  /** The id of the attempt that won, which is also the name of its folder. */
  readonly attempt: string;
  /** The files (or folders) that the record commits, by their names in the output folder. */
  readonly files: readonly CommittedFile[];
}

/** A committed file and what identifies its bytes. */
export interface CommittedFile {
  readonly name: string;
  readonly bytes: number;
  /** SHA-256 of the bytes, hex. Absent for a folder. */
  readonly sha256?: string;
  /** For a folder: the digest of its files, hex, see `TreeDigest`. */
  readonly tree_sha256?: string;
}

/** A record that is no JSON. It commits nothing. Only without hard links could a kill of an older version leave one. */
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
