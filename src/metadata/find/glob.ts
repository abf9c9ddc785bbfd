// Expands globs; Node 20 has no function for it.
import { readdir, stat } from "node:fs/promises";
import { isAbsolute, join } from "node:path";

/** Whether a path has a character with a meaning in globs. */
export function isGlob(path: string): boolean {
  return /[*?[{]/.test(path);
}

/** The deepest folder that contains all matches of a glob. */
export function globRoot(pattern: string): string {
  const segments = pattern.split("/");
  const first = segments.findIndex(isGlob);
  const root = segments.slice(0, first < 0 ? undefined : first).join("/");
  return root === "" ? (isAbsolute(pattern) ? "/" : ".") : root;
}

/**
 * The files and folders that a glob matches: `*` and `?` within a name, `**` across folders, `[a-z]`, `{a,b}`. A name with a
 * leading dot matches only a pattern with one. A folder that cannot be listed matches nothing.
 */
export async function expandGlob(pattern: string): Promise<string[]> {
  const found = new Set<string>();
  for (const alternative of expandBraces(pattern)) {
    const segments = alternative.split("/").filter((segment) => segment !== "");
    for (const path of await match(isAbsolute(alternative) ? "/" : ".", segments)) found.add(path);
  }
  return [...found];
}

async function match(folder: string, segments: readonly string[]): Promise<string[]> {
  const [segment, ...rest] = segments;
  if (segment === undefined) return [folder];
  if (segment === "**") {
    if (rest.length === 0) return [folder];
    const below = await Promise.all((await foldersIn(folder)).map((name) => match(join(folder, name), segments)));
    return [...(await match(folder, rest)), ...below.flat()];
  }
  if (!isGlob(segment)) {
    const path = join(folder, segment);
    if (rest.length > 0) return match(path, rest);
    return (await exists(path)) ? [path] : [];
  }
  const expression = segmentExpression(segment);
  const names = (await namesIn(folder)).filter((name) => expression.test(name) && (!name.startsWith(".") || segment.startsWith(".")));
  return (await Promise.all(names.map((name) => match(join(folder, name), rest)))).flat();
}

function segmentExpression(segment: string): RegExp {
  const source = segment.replace(/\[[^\]]+\]|[*?]|[^*?[\]]+|[[\]]/g, (part) => {
    if (part === "*") return ".*";
    if (part === "?") return ".";
    if (part.length > 2 && part.startsWith("[")) return part.replace(/^\[!/, "[^").replaceAll("\\", "\\\\");
    return part.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  });
  return new RegExp(`^${source}$`, "u");
}

function expandBraces(pattern: string): string[] {
  const braces = /\{([^{}]*,[^{}]*)\}/.exec(pattern);
  if (!braces) return [pattern];
  const [whole, inner = ""] = braces;
  const after = pattern.slice(braces.index + whole.length);
  return inner.split(",").flatMap((choice) => expandBraces(pattern.slice(0, braces.index) + choice + after));
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch {
    return [];
  }
}

async function foldersIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory() && !/^[._]/.test(entry.name)).map((entry) => entry.name);
  } catch {
    return [];
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
