// Creates the view `metadata` with canonical names over all files, and views over further tables.
import { InputError, UsageError } from "../../core/errors.ts";
import { plural } from "../../core/units.ts";
import type { ColumnType, Database } from "../../sql/database.ts";
import { SqlError } from "../../sql/errors.ts";
import { isReservedName, reservedNameReason } from "../../sql/reserved-names.ts";
import { quoteName } from "../../sql/text.ts";
import type { MetadataFile } from "../find/find-files.ts";
import { findMetadataFiles } from "../find/metadata-files.ts";
import { allowRemote, isRemote } from "../find/remote.ts";
import { isTextFile, layoutOf, metadataFormat } from "../formats.ts";
import { freeName, readFiles } from "../read-files.ts";
import { filledFiles } from "../text/check-text.ts";
import { mendedNotice, withoutLoneSurrogates } from "../text/mend-json.ts";
import { textReading, textSchema } from "../text/read-text-files.ts";
import type { TextReading, TextSchema } from "../text/reader.ts";
import { type AliasColumn, CANONICAL_NAMES, type Resolution, type SwappedSizes } from "./canonical.ts";
import { mixedTypeNotices } from "./column-types.ts";
import { type FileGroup, groupFiles, sortKeys } from "./group-files.ts";

/** The columns of the view `metadata` and where they come from. */
export interface MetadataColumns {
  /** Every column of the view, in its order. */
  readonly columns: readonly ColumnType[];
  /** Columns of the view that are other names of canonical columns. */
  readonly aliases: readonly AliasColumn[];
  /** The data sets that were recognised, each once. */
  readonly datasets: readonly string[];
  /** Notices for the user, one sentence each. */
  readonly notices: readonly string[];
  /** How many files share each resolution. */
  readonly groups: readonly { readonly files: number; readonly resolution: Resolution }[];
}

/**
 * Creates the view `metadata` over files of one or several data sets. Each group of files is read by its own rules. JSON that
 * DuckDB would refuse for a lone surrogate is copied below `folder`, if there is one, and mended there.
 * Throws InputError that names the files that DuckDB cannot read.
 */
export async function createMetadataView(
  database: Database,
  files: readonly MetadataFile[],
  options: { readonly swappedSizes?: SwappedSizes; readonly folder?: string } = {},
): Promise<MetadataColumns> {
  await allowRemote(
    database,
    files.map(({ path }) => path),
  );
  const { filled: found, notices: emptyNotices } = await filledFiles(files, ({ path }) => isTextFile(path));
  const { files: filled, notices: mendedNotices } = await mendedFiles(found, options.folder);
  const notices = [...emptyNotices, ...mendedNotices];
  const groups = await groupFiles(database, filled, options.swappedSizes ?? "auto");
  const aliases = sharedAliases(groups);
  const order = viewOrder(groups);
  const selects = groups.map((group) => groupSelect(group, order, aliases));
  const [only] = selects;
  const body =
    selects.length === 1 && only !== undefined
      ? only
      : `SELECT ${order.map(quoteName).join(", ")} FROM (${selects.map((select) => `(${select})`).join(" UNION ALL BY NAME ")})`;
  await createView(database, "metadata", body, files);
  return {
    columns: await database.columns("FROM metadata"),
    aliases,
    datasets: [...new Set(groups.flatMap(({ resolution }) => resolution.dataset ?? []))],
    notices: [...notices, ...collectNotices(groups, filled.length)],
    groups: groups.map((group) => ({ files: group.files.length, resolution: group.resolution })),
  };
}

/**
 * Creates a view over further files (`--table name=glob`), with their columns as they are. Returns the files, which the fence
 * must let through, and notices. Throws UsageError for a bad name and InputError for bad files.
 */
export async function createTableView(
  database: Database,
  name: string,
  pattern: string,
  folder?: string,
): Promise<{ readonly files: readonly MetadataFile[]; readonly columns: readonly ColumnType[]; readonly notices: readonly string[] }> {
  if (!/^[A-Za-z_]\w*$/.test(name)) throw new UsageError(`--table: "${name}" cannot be the name of a table`, "Use letters, digits and _.");
  if (isReservedName(name)) throw new UsageError(`--table ${reservedNameReason(name)}`, "Choose another name.");
  const { filled: files } = await filledFiles(await findMetadataFiles([pattern]), ({ path }) => isTextFile(path));
  if (new Set(files.map(({ path }) => layoutOf(path))).size > 1) {
    const formats = new Set(files.map(({ path }) => metadataFormat(path)));
    throw new InputError(
      `--table ${name}: ${pattern} has files of several formats (${[...formats].join(", ")})`,
      "Name files of one format.",
    );
  }
  const mended = await mendedFiles(files, folder);
  const paths = mended.files.map(({ path }) => path);
  await allowRemote(database, paths);
  const own = { unionByName: true, folderKeys: [], ...(await readingOf(database, paths)) };
  await createView(database, name, `SELECT * FROM ${readFiles(paths, own)}`, files);
  const view = `FROM ${quoteName(name)}`;
  const columns = await database.columns(view);
  const { used: folderKeys, notices: keyNotices } = sortKeys(
    columns,
    files.flatMap((file) => file.hiveKeys ?? []),
  );
  const notices = [...mended.notices, ...keyNotices];
  if (folderKeys.length === 0) return { files, columns, notices };
  await createView(database, name, `SELECT * FROM ${readFiles(paths, { ...own, folderKeys, originColumn: freeName(columns) })}`, files);
  return { files, columns: await database.columns(view), notices };
}

/** The files to read instead: JSON with lone surrogates is replaced by mended copies. */
async function mendedFiles(
  files: readonly MetadataFile[],
  folder: string | undefined,
): Promise<{ readonly files: readonly MetadataFile[]; readonly notices: readonly string[] }> {
  const read: MetadataFile[] = [];
  const notices: string[] = [];
  for (const file of files) {
    const isJson = layoutOf(file.path) === "objects" && !isRemote(file.path);
    const mended = isJson && folder !== undefined ? await withoutLoneSurrogates(file.path, folder) : undefined;
    read.push(mended ? { ...file, path: mended.path } : file);
    if (mended && mended.halves > 0) notices.push(mendedNotice(file.path, mended.halves));
  }
  return { files: read, notices };
}

async function readingOf(database: Database, paths: readonly string[]): Promise<TextReading> {
  if (!isTextFile(paths[0] ?? "")) return {};
  const schemas: TextSchema[] = [];
  for (const path of paths) schemas.push(await textSchema(database, path));
  return await textReading(database, paths, schemas);
}

/** Lines for people that say, for each group of files, what each column of the view comes from. */
export function describeResolution(metadata: MetadataColumns): string[] {
  return metadata.groups.flatMap(({ files, resolution }) => {
    const width = Math.max(
      ...[...resolution.canonical.map(({ canonical }) => canonical), ...resolution.displaced.map(({ name }) => name)].map(
        (name) => name.length,
      ),
      0,
    );
    const line = (name: string, source: string, note?: string) => `  ${name.padEnd(width)}  <- ${source}${note ? ` (${note})` : ""}`;
    const missing = CANONICAL_NAMES.filter((name) => !resolution.canonical.some(({ canonical }) => canonical === name));
    return [
      `${resolution.dataset ?? "unknown data set"}, ${plural(files, "file")}`,
      ...resolution.canonical.map(({ canonical, source, note }) => line(canonical, source, note)),
      ...resolution.displaced.map(({ name, source, sameAs }) =>
        line(name, source, sameAs ? `the same as ${sameAs}` : "not the picture's own"),
      ),
      ...(missing.length > 0 ? [`  missing: ${missing.join(", ")}`] : []),
      ...(resolution.plain.length > 0 ? [`  unchanged: ${resolution.plain.join(", ")}`] : []),
      ...(resolution.aliases.length > 0 ? [`  other names: ${resolution.aliases.map(({ name }) => name).join(", ")}`] : []),
    ];
  });
}

/** Column names of the view: canonical ones, displaced ones, the others, further names last; each once, whatever its case. */
function viewOrder(groups: readonly FileGroup[]): string[] {
  const names = [
    ...CANONICAL_NAMES.filter((name) => groups.some(({ resolution }) => resolution.canonical.some(({ canonical }) => canonical === name))),
    ...groups.flatMap(({ resolution }) => resolution.displaced.map(({ name }) => name)),
    ...groups.flatMap(({ resolution }) => resolution.plain),
    ...groups.flatMap(({ resolution }) => resolution.aliases.map(({ name }) => name)),
  ];
  const byName = new Map<string, string>();
  for (const name of names) if (!byName.has(name.toLowerCase())) byName.set(name.toLowerCase(), name);
  return [...byName.values()];
}

/** A name is an alias of a canonical column only if it is one in every group that has it. */
function sharedAliases(groups: readonly FileGroup[]): AliasColumn[] {
  const aliases = new Map<string, AliasColumn>();
  const others = new Set<string>();
  for (const { resolution } of groups) {
    for (const name of resolution.plain) others.add(name.toLowerCase());
    const displaced = resolution.displaced.flatMap(({ name, sameAs }) => (sameAs ? [{ name, canonical: sameAs }] : []));
    for (const { name, sameAs } of resolution.displaced) if (!sameAs) others.add(name.toLowerCase());
    for (const alias of [...resolution.aliases, ...displaced]) {
      const known = aliases.get(alias.name.toLowerCase());
      if (known && known.canonical !== alias.canonical) others.add(alias.name.toLowerCase());
      else if (!known) aliases.set(alias.name.toLowerCase(), alias);
    }
  }
  return [...aliases.values()].filter(({ name }) => !others.has(name.toLowerCase()));
}

/** A SELECT over the files of a group, with its columns under the names of the view. */
function groupSelect(group: FileGroup, order: readonly string[], aliases: readonly AliasColumn[]): string {
  const { canonical, displaced, plain, aliases: own } = group.resolution;
  const sources = new Map<string, string>();
  for (const name of plain) sources.set(name.toLowerCase(), name);
  for (const { name } of own) sources.set(name.toLowerCase(), name);
  for (const { name, source } of displaced) sources.set(name.toLowerCase(), source);
  for (const column of canonical) sources.set(column.canonical, column.source);
  // `TEXT` must not be null for files that call it `caption`. A displaced name has a meaning only in its own files.
  for (const alias of aliases) {
    const source = sources.get(alias.canonical);
    if (source !== undefined && !alias.name.startsWith("source_") && !sources.has(alias.name.toLowerCase())) {
      sources.set(alias.name.toLowerCase(), source);
    }
  }
  const texts = new Set(["url", "caption"].map((name) => sources.get(name)));
  const jsonNames = new Set((group.columns ?? []).filter(({ type }) => type === "JSON").map(({ name }) => name));
  const columns = order.flatMap((name) => {
    const source = sources.get(name.toLowerCase());
    if (source === undefined) return [];
    // DuckDB makes a JSON column of strings mixed with numbers, where strings keep their quotes.
    if (texts.has(source) && jsonNames.has(source)) return [`${quoteName(source)}->>'$' AS ${quoteName(name)}`];
    return [source === name ? quoteName(name) : `${quoteName(source)} AS ${quoteName(name)}`];
  });
  return `SELECT ${columns.join(", ")} FROM ${readFiles(
    group.files.map(({ path }) => path),
    group,
  )}`;
}

function collectNotices(groups: readonly FileGroup[], files: number): string[] {
  const notices = new Map<string, number>();
  const count = (notice: string, group: FileGroup) => notices.set(notice, (notices.get(notice) ?? 0) + group.files.length);
  for (const group of groups) {
    const { dataset } = group.resolution;
    for (const notice of group.resolution.notices) count(dataset ? `${dataset}: ${notice}` : notice, group);
  }
  for (const name of CANONICAL_NAMES) {
    const without = groups.filter(({ resolution }) => !resolution.canonical.some(({ canonical }) => canonical === name));
    if (without.length < groups.length) for (const group of without) count(`${name} is NULL in files without such a column`, group);
  }
  return [
    ...[...notices].map(([notice, share]) => (share === files ? notice : `${notice} (${share} of ${plural(files, "file")})`)),
    ...mixedTypeNotices(groups.flatMap(({ types }) => types)),
  ];
}

async function createView(database: Database, name: string, body: string, files: readonly MetadataFile[]): Promise<void> {
  try {
    await database.run(`CREATE OR REPLACE VIEW ${quoteName(name)} AS ${body}`);
  } catch (thrown) {
    if (!(thrown instanceof SqlError)) throw thrown;
    const where = files.length === 1 ? files[0]?.path : plural(files.length, "file");
    throw new InputError(
      `${where} cannot be read together as one table: ${thrown.message}`,
      "Name files with compatible column types, or give the others as --table name=glob.",
      { cause: thrown },
    );
  }
}
