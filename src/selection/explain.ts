// Explains what a selection would do, and writes nothing.
import { formatBytes, plural } from "../core/units.ts";
import type { Resources, RunEffects, SelectionConfig } from "../job/config.ts";
import { countPrunedRowGroups } from "../metadata/columns/pruning.ts";
import { readPlan } from "../query/query-plan.ts";
import { inPrivateFolder } from "../store/private-folder.ts";
import { openSelection, readRequest, type SelectionRequest } from "./open-selection.ts";

/** The plan of a selection into `output` as lines of text: operators, conditions inside the scan, skipped row groups. */
export async function explainSelection(
  config: SelectionConfig,
  output: string | undefined,
  resources: Resources,
  effects: RunEffects,
): Promise<string[]> {
  const request = await readRequest(config, effects, output);
  return await inPrivateFolder("explain", resources.tempDirectory, (folder) => explainRequest(request, folder, resources, effects));
}

async function explainRequest(
  request: SelectionRequest,
  folder: string,
  resources: Resources,
  effects: Pick<RunEffects, "emit">,
): Promise<string[]> {
  const { database, selection, inputs } = await openSelection(request, 1, folder, { ...resources, tempDirectory: folder }, effects.emit);
  try {
    const plan = await readPlan(database, "selection");
    const paths = inputs.map(({ path }) => path);
    const { rowGroups, pruned } = await countPrunedRowGroups(database, paths, plan.pushedFilters);
    const bytes = inputs.reduce((sum, file) => sum + file.bytes, 0);
    return [
      `reads        ${plural(inputs.length, "file")}, ${formatBytes(bytes)}, ${plural(rowGroups, "row group")}`,
      `columns      ${plan.columnsRead.join(", ") || "none"}`,
      `in the scan  ${plan.pushedFilters.join(" AND ") || "no condition"}`,
      `skipped      ${plural(pruned, "row group")}, by the statistics in the files' footers`,
      `returns      ${selection.columns.map(({ name, type }) => `${name} ${type}`).join(", ")}`,
      plan.isRepeatable
        ? "shuffle      the scan feeds the sort directly"
        : "shuffle      the result is written to disk once, and sorted from there",
      "plan",
      ...plan.lines.map((line) => `  ${line}`),
    ];
  } finally {
    database.close();
  }
}
