// Opens a selection: finds files and query, and makes the view `selection` inside the fence.

import type { Resources, RunEffects, SelectionConfig } from "../job/config.ts";
import type { RunEvent } from "../job/events.ts";
import type { Identity } from "../job/identity.ts";
import { datasetsWith } from "../metadata/columns/columns-elsewhere.ts";
import type { MetadataFile } from "../metadata/find/find-files.ts";
import { findMetadataFiles } from "../metadata/find/metadata-files.ts";
import { findQuery, type QueryFile } from "../query/find-query.ts";
import { prepareSelection, type Selection } from "../query/select.ts";
import { parseVariables, type Variables } from "../query/variables.ts";
import type { Database } from "../sql/database.ts";
import { type NamedTable, openTables, parseTables } from "./open-tables.ts";

/** A selection request after its paths, variables, tables and query were found and parsed. */
export interface SelectionRequest {
  readonly config: SelectionConfig;
  readonly variables: Variables;
  readonly tables: readonly NamedTable[];
  readonly files: readonly MetadataFile[];
  readonly query: QueryFile;
}

/** A selection that can be read. Close its database. */
export interface OpenSelection {
  readonly database: Database;
  readonly selection: Selection;
  /** Every file that the query can read. */
  readonly inputs: readonly MetadataFile[];
  readonly identity: Identity;
}

/** Finds the files and the query. Files of the output itself do not count. Throws if a path, a variable or a table is wrong. */
export async function readRequest(config: SelectionConfig, effects: RunEffects, output?: string): Promise<SelectionRequest> {
  const variables = parseVariables(config.variables);
  const tables = parseTables(config.tables);
  const files = await findMetadataFiles(config.metadata, output);
  const { directory, packageQueries, verbs } = effects;
  return { config, variables, tables, files, query: await findQuery(config.query, { directory, packageQueries, verbs }) };
}

/** Opens a database that can read only the inputs and write only to `folder`, and prepares the query in it. */
export async function openSelection(
  request: SelectionRequest,
  samplesPerShard: number,
  folder: string,
  resources: Resources,
  emit: (event: RunEvent) => void,
): Promise<OpenSelection> {
  const { config, files, tables } = request;
  const wanted = { files, tables, swappedSizes: config.swappedSizes };
  const { database, columns, inputs, inputNames } = await openTables(wanted, folder, resources, emit);
  try {
    const selection = await prepareSelection(database, request.query, request.variables, { ...columns, datasetsWith });
    for (const text of selection.notices) emit({ event: "notice", text });
    return { database, selection, inputs, identity: selectionIdentity(selection, inputNames, config, samplesPerShard) };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Everything that decides which partitions a selection gives. */
function selectionIdentity(selection: Selection, inputs: readonly string[], config: SelectionConfig, samplesPerShard: number): Identity {
  return {
    query: selection.canonicalText,
    variables: selection.variables,
    inputs,
    swapped_sizes: config.swappedSizes,
    seed: config.isShuffled ? config.seed : null,
    partitions: config.partitions ?? `default for ${samplesPerShard} samples a shard`,
    compression: config.compression,
    row_group_rows: config.rowGroupRows ?? "default",
    limit: config.limit ?? null,
    sample: config.sampleShare === undefined ? null : `${config.sampleShare} of seed ${config.seed}`,
  };
}
