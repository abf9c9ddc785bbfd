// Which files of a data set are fetched: its tables, or what the user's globs say.
import { UsageError } from "../core/errors.ts";
import { nearestName } from "../core/nearest.ts";
import { plural } from "../core/units.ts";
import type { HubFile } from "./client.ts";

/** Endings of tables, best first: a set that has parquet is not fetched as csv as well. */
const TABLES: readonly RegExp[] = [/\.parquet$/i, /\.(csv|tsv|jsonl)(\.gz)?$/i];

/** Hidden files and the checksums that Spark leaves beside its parts. */
const BESIDE = /(^|\/)\.[^/]*$|\.crc$/i;

/**
 * Files in the order of their paths. A glob without `/` is matched with the file's name in any folder, one with `/` with its whole
 * path; `*` and `?` stay within a folder, `**` does not. Without globs, all tables. Throws UsageError where a glob matches nothing.
 */
export function chooseFiles(files: readonly HubFile[], globs: readonly string[], repository: string): HubFile[] {
  const sorted = files.filter(({ path }) => !BESIDE.test(path)).sort((left, right) => (left.path < right.path ? -1 : 1));
  if (globs.length === 0) {
    const tables = TABLES.map((ending) => sorted.filter(({ path }) => ending.test(path))).find((found) => found.length > 0);
    if (tables) return tables;
    throw new UsageError(
      `${repository} has no parquet, csv, tsv or jsonl file among its ${files.length}`,
      "Name what is wanted with --files.",
    );
  }
  const chosen = new Set<HubFile>();
  for (const glob of globs) {
    const expression = globExpression(glob);
    const matching = sorted.filter(({ path }) => expression.test(glob.includes("/") ? path : nameOf(path)));
    if (matching.length === 0)
      throw new UsageError(`--files ${glob} matches none of the ${plural(files.length, "file")} of ${repository}`, hint(glob, sorted));
    for (const file of matching) chosen.add(file);
  }
  return sorted.filter((file) => chosen.has(file));
}

function hint(glob: string, files: readonly HubFile[]): string {
  const paths = files.map(({ path }) => path);
  const nearest = nearestName(glob, paths.map(nameOf)) ?? paths.find((path) => TABLES[0]?.test(path)) ?? paths[0];
  return nearest === undefined ? "It is empty." : `One of them is ${nearest}. Quote the glob, so that the shell leaves it alone.`;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function globExpression(glob: string): RegExp {
  const source = glob.replace(/\*\*\/|\*\*|\*|\?|\[!?[^\]]+\]|[\s\S]/g, (piece) => {
    if (piece === "**/") return "(?:.*/)?";
    if (piece === "**") return ".*";
    if (piece === "*") return "[^/]*";
    if (piece === "?") return "[^/]";
    if (piece.length > 2) return piece.replace(/^\[!/, "[^").replaceAll("\\", "\\\\");
    return piece.replace(/[\\^$.|+(){}[\]]/g, "\\$&");
  });
  try {
    return new RegExp(`^${source}$`);
  } catch {
    throw new UsageError(`--files ${glob} is no glob`, "Write for instance --files 'part-0000*' or 'data/part-[0-3]*.parquet'.");
  }
}
