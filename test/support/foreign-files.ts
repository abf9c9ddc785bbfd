// What tests sprinkle over an output that is none of its own, and listings that tell whether it is still as it was.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { lstat, mkdir, readdir, readFile, readlink, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Something of somebody else's, by its path in the output. A folder has a file in it; a link leads out of the output, or nowhere. */
export interface Sprinkle {
  readonly path: string;
  readonly kind: "file" | "folder" | "link" | "dead link";
}

/** Everything below a folder: kind, and digest of the bytes or target of the link, by relative path. */
export type Listing = ReadonlyMap<string, string>;

/** Lists a folder without following any link. */
export async function listing(folder: string, below = ""): Promise<Listing> {
  const found = new Map<string, string>();
  for (const name of (await readdir(join(folder, below)).catch(() => [])).sort()) {
    const path = join(below, name);
    // A worker of a killed start may end meanwhile.
    const entry = await lstat(join(folder, path)).catch(() => undefined);
    if (!entry) continue;
    if (entry.isSymbolicLink()) found.set(path, `link ${await readlink(join(folder, path))}`);
    else if (entry.isDirectory()) {
      found.set(path, "folder");
      for (const [inside, what] of await listing(folder, path)) found.set(inside, what);
    } else {
      const bytes = await readFile(join(folder, path)).catch(() => undefined);
      if (bytes) found.set(path, `file ${createHash("sha256").update(bytes).digest("hex")}`);
    }
  }
  return found;
}

/** Puts it there, unless something is there already; `away` is a folder beside the output with what links lead to. False where it could not. */
export async function sprinkle(output: string, away: string, { path, kind }: Sprinkle): Promise<boolean> {
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
    // A file, foreign too, is where its folder would be.
    if (/^(ENOTDIR|EEXIST|ELOOP|ENOENT)$/.test((error as NodeJS.ErrnoException).code ?? "")) return false;
    throw error;
  }
}

/** The paths that a sprinkle consists of. */
export function pathsOf({ path, kind }: Sprinkle): string[] {
  return kind === "folder" ? [path, join(path, "precious.txt")] : [path];
}

/** Names that are like one of an output's own, and are not: what people call copies, other numbers, other letters, other places. */
export function lookalikes(path: string): string[] {
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
