// Beside the inputs: one column with different types in different files, which is said and no error.
import { plural } from "../../core/units.ts";

/** The type of a column in some files. */
export interface TypeShare {
  readonly name: string;
  readonly type: string;
  readonly files: number;
  /** One of them. */
  readonly example: string;
}

/** A sentence for each column that has more than one type, in the order of the columns. */
export function mixedTypeNotices(shares: readonly TypeShare[]): string[] {
  const byName = new Map<string, TypeShare[]>();
  for (const share of shares) {
    const known = byName.get(share.name.toLowerCase()) ?? [];
    const same = known.findIndex(({ type }) => type === share.type);
    if (same < 0) known.push(share);
    else known[same] = { ...share, files: share.files + (known[same]?.files ?? 0), example: known[same]?.example ?? share.example };
    byName.set(share.name.toLowerCase(), known);
  }
  return [...byName.values()].flatMap((known) => {
    if (known.length < 2) return [];
    const parts = known.map(({ type, files, example }) => `${type} in ${plural(files, "file")} (${example})`);
    return [`the column ${known[0]?.name} has different types: ${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`];
  });
}
