// Makes the plan of a download, from a selection's partitions or from any list.
import { basename, dirname, join } from "node:path";
import type { RunEffects, ShapeConfig } from "../job/config.ts";
import { type Identity, identityDigest } from "../job/identity.ts";
import type { CarriedColumn } from "../manifest/sidecar.ts";
import { carriedName } from "../manifest/sidecar-columns.ts";
import { mixedTypeNotices, type TypeShare } from "../metadata/columns/column-types.ts";
import { recogniseDataset } from "../metadata/columns/recognise-dataset.ts";
import { isTextFormat } from "../metadata/formats.ts";
import { mendedNotice } from "../metadata/text/mend-json.ts";
import { INPUTS, insidePath } from "../output/names/output-names.ts";
import { type DownloadPlan, PLAN_FORMAT_VERSION, type SkippedInput } from "../output/plans/download-plan.ts";
import { planShards } from "../output/plans/shard-plan.ts";
import type { SelectionRecord } from "../output/records/selection-record.ts";
import { ROW_NUMBER } from "../partition/read-rows.ts";
import { freeName } from "../partition/row-hash.ts";
import { outputFormat } from "../shard/output-formats.ts";
import type { ColumnType } from "../sql/database.ts";
import { convertInput, forgetConversions } from "./convert-input.ts";
import { insistOnRows, skippedNotice } from "./insist-on-rows.ts";
import { insistOnTypes } from "./insist-on-types.ts";
import { type NeededColumns, neededColumns, neededNames } from "./needed-columns.ts";
import type { ListedFile, OpenInputs } from "./open-inputs.ts";
import { runIdentity } from "./run-identity.ts";

/** The plan for the partitions of a selection in the same output. Throws InputError if a column is missing or unusable. */
export function planFromSelection(selection: SelectionRecord, shape: ShapeConfig): DownloadPlan {
  const files = selection.partitions.map(({ name, rows }) => ({ path: join("partitions", name), rows }));
  const names = selection.columns.map(({ name }) => name);
  const needed = neededColumns(names, shape, "the selection");
  return makePlan(runIdentity({ selection: selection.selection }, shape), files, true, selection.columns, needed, shape);
}

/**
 * The plan for a list in any format. Text files are converted to parquet in the output first, unless `begun`, the plan that continues,
 * has their conversions. Throws InputError, and leaves no conversion, if the list has no row.
 */
export async function planFromInputs(
  open: OpenInputs,
  output: string,
  shape: ShapeConfig,
  effects: RunEffects,
  begun?: DownloadPlan,
): Promise<DownloadPlan> {
  const { files, isOurs } = open;
  let { needed } = open;
  const tables: { path: string; rows: number }[] = [];
  const skipped: SkippedInput[] = [];
  const types: TypeShare[] = [];
  const mended: string[] = [];
  let columns: readonly ColumnType[] | undefined;
  for (const [index, file] of files.entries()) {
    if (!isTextFormat(file.format)) {
      tables.push({ path: insidePath(output, file.path), rows: file.rows ?? 0 });
      if (file.rows) columns ??= file.columns;
      continue;
    }
    // Later objects may have further keys, which show when the whole file is read. The first file decides for all.
    const isAll = shape.additionalColumns === "all" && columns === undefined;
    const source = {
      path: file.path,
      format: file.format,
      wanted: isAll ? ("all" as const) : neededNames(needed).map((name) => ownName(file, name)),
      texts: [needed.url, needed.caption, needed.digest].filter((name) => name !== undefined).map((name) => ownName(file, name)),
    };
    const known = begun?.shards.inputs.length === files.length ? begun.shards.inputs[index]?.path : undefined;
    const converted = known !== undefined && dirname(known) === INPUTS ? known : undefined;
    const table = await convertInput(output, source, open.fingerprints.get(file.path) ?? "", effects, converted);
    if (isAll)
      needed = {
        ...needed,
        others: table.columns.map(({ name }) => name).filter((name) => name !== needed.url && name !== needed.caption),
      };
    columns ??= table.columns;
    tables.push({ path: table.path, rows: table.rows });
    if (table.skipped.count > 0) skipped.push({ file: file.path, ...table.skipped });
    if (table.mendedHalves !== undefined) mended.push(mendedNotice(file.path, table.mendedHalves));
    for (const { name, type } of table.columns) types.push({ name, type, files: 1, example: basename(file.path) });
  }
  try {
    insistOnRows(tables, skipped);
  } catch (error) {
    await forgetConversions(
      output,
      tables.map(({ path }) => path),
    );
    throw error;
  }
  for (const text of [...withdrawals(files), ...open.notices, ...mixedTypeNotices(types), ...mended, ...skipped.map(skippedNotice)])
    effects.emit({ event: "notice", text });
  const plan = makePlan(runIdentity(open.identity, shape), tables, isOurs, columns ?? [], needed, shape);
  return skipped.length > 0 ? { ...plan, skippedLines: skipped } : plan;
}

function ownName({ names }: ListedFile, wanted: string): string {
  return names.find((name) => name === wanted) ?? names.find((name) => name.toLowerCase() === wanted.toLowerCase()) ?? wanted;
}

function withdrawals(files: readonly ListedFile[]): Set<string> {
  const known = files.map(({ path, names }) => recogniseDataset(new Set(names.map((name) => name.toLowerCase())), path));
  return new Set(known.flatMap((dataset) => (dataset?.withdrawal ? [`${dataset.name}: ${dataset.withdrawal}`] : [])));
}

function makePlan(
  identity: Identity,
  files: readonly { path: string; rows: number }[],
  isOurs: boolean,
  columns: readonly ColumnType[],
  needed: NeededColumns,
  shape: ShapeConfig,
): DownloadPlan {
  insistOnTypes(columns, needed);
  return {
    format_version: PLAN_FORMAT_VERSION,
    run: identityDigest(identity),
    identity,
    shape,
    urlColumn: needed.url,
    captionColumn: needed.caption,
    boxColumn: needed.boxes,
    digestColumn: needed.digest,
    carried: carriedColumns(needed.others, [
      "url",
      ...(shape.withCaption ? ["caption"] : []),
      ...outputFormat(shape.outputFormat).addedColumns(shape.transform.encodeFormat, shape.withCaption),
    ]),
    positionColumn: freeName(
      "position",
      columns.map(({ name }) => name),
    ),
    hidesRowNumber: columns.some(({ name }) => name.toLowerCase() === ROW_NUMBER),
    shards: planShards(files, shape.samplesPerShard, isOurs),
  };
}

/** Gives each column a name that neither the record's own fields nor earlier columns have. */
function carriedColumns(sources: readonly string[], own: readonly string[]): CarriedColumn[] {
  const taken = new Set(own);
  // Columns that keep their names come first.
  for (const source of sources) if (carriedName(source) === source && !own.includes(source.toLowerCase())) taken.add(source.toLowerCase());
  return sources.map((source) => {
    let name = own.includes(source.toLowerCase()) ? `metadata_${source}` : carriedName(source);
    while (name !== source && taken.has(name.toLowerCase())) name = `metadata_${name}`;
    taken.add(name.toLowerCase());
    return { source, name };
  });
}
