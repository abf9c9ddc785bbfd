// Looks at the files of an output on a local disk: lists, reads, tells what a name is.
import type { Dirent, Stats } from "node:fs";
import { lstat, open, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { type FileDigest, readBack } from "../file-digest.ts";
import type { FileKind, StoreEntry } from "../store.ts";
import { errorCode } from "../system-errors.ts";
import { exists } from "./durable.ts";

/** The part of `LocalStore` that only reads. */
export class LocalFiles {
  readonly output: string;

  constructor(output: string) {
    this.output = output;
  }

  location(name = ""): string {
    return name === "" ? this.output : join(this.output, name);
  }

  async exists(name?: string): Promise<boolean> {
    return await exists(this.location(name));
  }

  async kind(name?: string): Promise<FileKind | undefined> {
    try {
      return kindOf(await lstat(this.location(name)));
    } catch (error) {
      if (/^(ENOENT|ENOTDIR)$/.test(errorCode(error) ?? "")) return undefined;
      throw error;
    }
  }

  async isFolder(name?: string): Promise<boolean> {
    const entry = await stat(this.location(name)).catch(() => undefined);
    return entry?.isDirectory() ?? false;
  }

  async names(folder?: string): Promise<string[]> {
    return await readdir(this.location(folder));
  }

  async entries(folder?: string): Promise<StoreEntry[]> {
    const entries = await readdir(this.location(folder), { withFileTypes: true });
    return entries.map((entry) => ({ name: entry.name, kind: kindOf(entry) }));
  }

  async readText(name: string): Promise<string> {
    return await readFile(this.location(name), "utf8");
  }

  async readRange(name: string, from: number, to: number): Promise<Buffer> {
    const file = await open(this.location(name), "r");
    try {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(to - from), 0, to - from, from);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  }

  async digest(name: string, onChunk?: (chunk: Buffer) => void): Promise<FileDigest> {
    return await readBack(this.location(name), onChunk);
  }
}

function kindOf(entry: Stats | Dirent): FileKind {
  if (entry.isFile()) return "file";
  if (entry.isDirectory()) return "folder";
  return entry.isSymbolicLink() ? "link" : "other";
}
