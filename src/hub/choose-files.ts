// Chooses the files of a data set to fetch: its tables, or those that the user's globs match.
import { UsageError } from "../core/errors.ts";
import { nearestName } from "../core/nearest.ts";
import { plural } from "../core/units.ts";
import type { HubFile } from "./client.ts";

/** Tells which files of a data set are tables. */
export interface TableNames {
  /** Tests of paths, best first. Only files of the first test that any file passes are fetched. */
  readonly tests: readonly ((path: string) => boolean)[];
  /** The formats of tables in words, for the error if there is no table. */
  readonly formats: string;
}

/** Hidden files, and checksums that Spark writes beside its parts. */
const IGNORED = /(^|\/)\.[^/]*$|\.crc$/i;

/**
 * The files to fetch, sorted by path; all tables if there are no globs. A glob without `/` matches names in any folder, a glob with
 * `/` matches whole paths. `*` and `?` stay within a folder, `**` does not. Throws UsageError if a glob matches nothing.
 */
export function chooseFiles(
  files: readonly HubFile[],
  globs: readonly string[],
  repository: string,
  { tests, formats }: TableNames,
): HubFile[] {
  const sorted = files.filter(({ path }) => !IGNORED.test(path)).sort((left, right) => (left.path < right.path ? -1 : 1));
  if (globs.length === 0) {
    const tables = tests.map((isTable) => sorted.filter(({ path }) => isTable(path))).find((found) => found.length > 0);
    if (tables) return tables;
    throw new UsageError(`${repository} has no ${formats} file among its ${files.length}`, "Name the files to fetch with --files.");
  }
  const chosen = new Set<HubFile>();
  for (const glob of globs) {
    const expression = globExpression(glob);
    const matching = sorted.filter(({ path }) => expression.test(glob.includes("/") ? path : fileName(path)));
    if (matching.length === 0)
      throw new UsageError(
        `--files ${glob} matches none of the ${plural(files.length, "file")} of ${repository}`,
        hint(glob, sorted, tests[0]),
      );
    for (const file of matching) chosen.add(file);
  }
  return sorted.filter((file) => chosen.has(file));
}

function hint(glob: string, files: readonly HubFile[], isBestTable: TableNames["tests"][number] | undefined): string {
  const paths = files.map(({ path }) => path);
  const nearest = nearestName(glob, paths.map(fileName)) ?? paths.find((path) => isBestTable?.(path)) ?? paths[0];
  return nearest === undefined
    ? "The data set is empty."
    : `One of them is ${nearest}. Quote the glob, so that the shell does not expand it.`;
}

function fileName(path: string): string {
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
    throw new UsageError(`--files ${glob} is not a valid glob`, "Write for instance --files 'part-0000*' or 'data/part-[0-3]*.parquet'.");
  }
}
