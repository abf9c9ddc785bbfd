// The conductor: from partitions, ours or anybody's, to the plan of stage two.
import { join, relative, resolve } from "node:path";
import { InputError } from "../core/errors.ts";
import { nearestName } from "../core/nearest.ts";
import { carriedName } from "../core/sample.ts";
import type { CarriedColumn } from "../manifest/sidecar.ts";
import { fingerprintFiles } from "../metadata/fingerprint.ts";
import { formatOf } from "../metadata/formats.ts";
import { findMetadataFiles } from "../metadata/inputs.ts";
import { readMarks } from "../metadata/mark.ts";
import { ROW_NUMBER } from "../partition/read.ts";
import { freeName } from "../partition/row-hash.ts";
import { type ColumnType, Database } from "../sql/database.ts";
import { asRunError } from "../sql/errors.ts";
import { quoteList, quoteText } from "../sql/text.ts";
import type { ShapeConfig } from "./config.ts";
import { type DownloadPlan, PLAN_FORMAT_VERSION } from "./download-plan.ts";
import { identityDigest } from "./identity.ts";
import type { SelectionRecord } from "./selection-record.ts";
import { planShards } from "./shard-plan.ts";

interface InputTable {
  readonly path: string;
  readonly bytes: number;
  readonly rows: number;
}

/** The plan for the partitions of a selection in the same output. */
export function planFromSelection(selection: SelectionRecord, shape: ShapeConfig): DownloadPlan {
  const files = selection.partitions.map(({ name, rows }) => ({ path: join("partitions", name), rows }));
  return makePlan({ selection: selection.selection }, files, true, selection.columns, shape);
}

/** The plan for any parquet files; partitions of ours are recognised by the marks in their footers and cut into equal shards. */
export async function planFromFiles(inputs: readonly string[], output: string, shape: ShapeConfig): Promise<DownloadPlan> {
  const found = await findMetadataFiles(inputs);
  const other = found.find(({ path }) => formatOf(path) !== "parquet");
  if (other) {
    throw new InputError(
      `${other.path} is not parquet, and prep download reads nothing else yet`,
      `Make partitions of it first: prep filter all --metadata ${other.path} --output OUT`,
    );
  }
  const prints = await fingerprintFiles(found);
  const database = await Database.open({ threads: 2, memoryLimitBytes: 1e9 });
  try {
    const paths = found.map(({ path }) => path);
    const footers = await database.rows(`SELECT file_name, num_rows FROM parquet_file_metadata(${quoteList(paths)})`);
    const rowsOf = new Map(footers.map((footer) => [String(footer["file_name"]), Number(footer["num_rows"])]));
    const tables: InputTable[] = found.map(({ path, bytes }) => ({ path, bytes, rows: rowsOf.get(path) ?? 0 }));
    const columns = await commonColumns(database, paths);
    const marks = await readMarks(database, found);
    const isOurs = marks.size === found.length;
    const identity = {
      inputs: tables.map(({ path, bytes, rows }) => `${relative(resolve(output), path)} ${bytes} ${rows} ${prints.get(path)}`),
    };
    const files = tables.map(({ path, rows }) => ({ path: insidePath(output, path), rows }));
    return makePlan(identity, files, isOurs, columns, shape);
  } catch (error) {
    throw asRunError(error, "reading the input");
  } finally {
    database.close();
  }
}

/** Every file must have what the first one has: a worker reads them one at a time. */
async function commonColumns(database: Database, paths: readonly string[]): Promise<ColumnType[]> {
  const [first] = paths;
  if (first === undefined) return [];
  const columns = await database.columns(`SELECT * FROM read_parquet(${quoteText(first)})`);
  const names = await database.rows(
    `SELECT file_name, list(lower(name)) AS names FROM parquet_schema(${quoteList(paths)}) WHERE name IS NOT NULL GROUP BY file_name`,
  );
  for (const row of names) {
    const present = new Set((row["names"] as string[]) ?? []);
    const missing = columns.filter(({ name }) => !present.has(name.toLowerCase()));
    if (missing.length > 0) {
      throw new InputError(
        `${String(row["file_name"])} has no column ${missing.map(({ name }) => name).join(", ")}, which ${first} has`,
        "Download files of different columns one folder at a time.",
      );
    }
  }
  return columns;
}

function makePlan(
  source: Readonly<Record<string, unknown>>,
  files: readonly { path: string; rows: number }[],
  isOurs: boolean,
  columns: readonly ColumnType[],
  shape: ShapeConfig,
): DownloadPlan {
  const urlColumn = findColumn(columns, shape.urlColumn, "--url-col");
  const urlType = columns.find(({ name }) => name === urlColumn)?.type;
  if (urlType !== "VARCHAR")
    throw new InputError(`the column ${urlColumn} holds ${urlType}, not text`, "Name the column with the URLs with --url-col.");
  const captionColumn = shape.captionColumn === undefined ? undefined : findColumn(columns, shape.captionColumn, "--caption-col");
  const others = columns.map(({ name }) => name).filter((name) => name !== urlColumn && name !== captionColumn);
  const carriedSources =
    shape.additionalColumns === "all"
      ? others
      : shape.additionalColumns.map((name) => findColumn(columns, name, "--save-additional-columns"));
  const identity = { ...source, ...flatten(shape) };
  return {
    format_version: PLAN_FORMAT_VERSION,
    run: identityDigest(identity),
    identity,
    shape,
    urlColumn,
    captionColumn,
    carried: carriedColumns(carriedSources, ["url", ...(shape.withCaption ? ["caption"] : [])]),
    positionColumn: freeName(
      "position",
      columns.map(({ name }) => name),
    ),
    hidesRowNumber: columns.some(({ name }) => name.toLowerCase() === ROW_NUMBER),
    shards: planShards(files, shape.samplesPerShard, isOurs),
  };
}

/** Each column under a name of its own: a record's own names, and those of columns before it, are taken. */
function carriedColumns(sources: readonly string[], own: readonly string[]): CarriedColumn[] {
  const taken = new Set(own);
  // A column that keeps its name has the first claim to it.
  for (const source of sources) if (carriedName(source) === source && !own.includes(source.toLowerCase())) taken.add(source.toLowerCase());
  return sources.map((source) => {
    let name = own.includes(source.toLowerCase()) ? `metadata_${source}` : carriedName(source);
    while (name !== source && taken.has(name.toLowerCase())) name = `metadata_${name}`;
    taken.add(name.toLowerCase());
    return { source, name };
  });
}

/** One level, so that a difference is named by its option. */
function flatten({ transform, ...rest }: ShapeConfig): Record<string, unknown> {
  return { ...rest, ...transform };
}

function findColumn(columns: readonly ColumnType[], wanted: string, option: string): string {
  const exact = columns.find(({ name }) => name === wanted) ?? columns.find(({ name }) => name.toLowerCase() === wanted.toLowerCase());
  if (exact) return exact.name;
  const names = columns.map(({ name }) => name);
  const nearest = nearestName(wanted, names);
  throw new InputError(
    `the input has no column "${wanted}"; it has ${names.join(", ")}`,
    nearest ? `Did you mean ${option} ${nearest}?` : `Name the column with ${option}.`,
  );
}

function insidePath(output: string, path: string): string {
  const inside = relative(resolve(output), path);
  return inside.startsWith("..") ? path : inside;
}
