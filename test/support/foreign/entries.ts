// Foreign files, folders and links in an output, and listings that show whether they changed.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { lstat, mkdir, readdir, readFile, readlink, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** What a foreign entry can be: a folder has one file in it, a link leads out of the output, a dead link leads nowhere. */
export const ENTRY_KINDS = ["file", "folder", "link", "dead link"] as const;

/** Something in an output that `prep` did not make, by its path in the output. */
export interface ForeignEntry {
  readonly path: string;
  readonly kind: (typeof ENTRY_KINDS)[number];
}

/** Everything below a folder by relative path: the kind, and the digest of a file's bytes or the target of a link. */
export type Listing = ReadonlyMap<string, string>;

/** Lists a folder without following links. */
export async function listFolder(folder: string, below = ""): Promise<Listing> {
  const found = new Map<string, string>();
  for (const name of (await readdir(join(folder, below)).catch(() => [])).sort()) {
    const path = join(below, name);
    // A worker of a killed start may still be removing its files.
    const entry = await lstat(join(folder, path)).catch(() => undefined);
    if (!entry) continue;
    if (entry.isSymbolicLink()) found.set(path, `link ${await readlink(join(folder, path))}`);
    else if (entry.isDirectory()) {
      found.set(path, "folder");
      for (const [inside, what] of await listFolder(folder, path)) found.set(inside, what);
    } else {
      const bytes = await readFile(join(folder, path)).catch(() => undefined);
      if (bytes) found.set(path, `file ${createHash("sha256").update(bytes).digest("hex")}`);
    }
  }
  return found;
}

/**
 * Makes a foreign entry in an output. Links lead to `away`, a folder beside the output that has a file `precious.txt`.
 * Returns false, and makes nothing, when the place is taken.
 */
export async function placeEntry(output: string, away: string, { path, kind }: ForeignEntry): Promise<boolean> {
  const place = join(output, path);
  try {
    if (existsSync(place) || (await lstat(place).catch(() => undefined))) return false;
    await mkdir(dirname(place), { recursive: true });
    if (kind === "file") await writeFile(place, `mine: ${path}`);
    if (kind === "folder") {
      await mkdir(place);
      await writeFile(join(place, "precious.txt"), `mine: ${path}`);
    }
    if (kind === "link") await symlink(/\.\w+$/.test(path) ? join(away, "precious.txt") : away, place);
    if (kind === "dead link") await symlink("nowhere", place);
    return true;
  } catch (error) {
    // A file stands where the entry's folder would be.
    if (/^(ENOTDIR|EEXIST|ELOOP|ENOENT)$/.test((error as NodeJS.ErrnoException).code ?? "")) return false;
    throw error;
  }
}

/** All paths that an entry creates. */
export function entryPaths({ path, kind }: ForeignEntry): string[] {
  return kind === "folder" ? [path, join(path, "precious.txt")] : [path];
}

/** Names that resemble a name of `prep` and are not: copies, other numbers, other letters, other folders. */
export function similarNames(path: string): string[] {
  const folder = dirname(path) === "." ? "" : `${dirname(path)}/`;
  const name = path.slice(folder.length);
  return [
    `${path}.bak`,
    `${folder}.${name}`,
    `${folder}${name.toUpperCase()}`,
    `${folder}${name.replace(/\d{5,}/, "00777")}`,
    `${folder}${name.replace(/\d{5,}/, "7")}`,
    `${folder}${name.replace(/\d{5,}/, (digits) => `0${digits}`)}`,
    `${folder}${name.replace(/\.\w+$/, "")} (1)${/\.\w+$/.exec(name)?.[0] ?? ""}`,
    `mine/${path}`,
    `${folder}notes.txt`,
  ].filter((one) => one !== path);
}
