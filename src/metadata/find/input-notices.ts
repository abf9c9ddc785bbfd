// Beside the files of a list: what somebody who named a folder may not know of it, which is said and no error.
import { basename } from "node:path";
import { formatCount } from "../../core/units.ts";
import type { InputFormat } from "../formats.ts";

/** How many files a sentence names. */
const NAMED_FILES = 3;

/** A sentence about the lists of a folder that are not read, since they have another format than its main one; none without any. */
export function otherFormatNotices(folder: string, main: InputFormat | undefined, others: readonly string[]): string[] {
  if (others.length === 0) return [];
  const are = others.length === 1 ? "file of another format is" : "files of other formats are";
  return [
    `${folder} is read as ${main}: ${formatCount(others.length)} ${are} not read (${someOf(others)}); --input-format chooses another format`,
  ];
}

/** A sentence about files that are there packed and unpacked, the rows of which come twice; none without any. */
export function packedTwinNotices(paths: readonly string[]): string[] {
  const known = new Set(paths);
  const twins = paths.filter((path) => known.has(`${path}.gz`)).map((path) => basename(path));
  if (twins.length === 0) return [];
  const are = twins.length === 1 ? "file is" : "files are";
  return [`${formatCount(twins.length)} ${are} there with .gz too, and both are read, each row twice (${someOf(twins)})`];
}

function someOf(names: readonly string[]): string {
  const rest = names.length - NAMED_FILES;
  return `${names.slice(0, NAMED_FILES).join(", ")}${rest > 0 ? ` and ${formatCount(rest)} more` : ""}`;
}
