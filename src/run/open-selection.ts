// The conductor, stage one: from paths and a query to a view `selection` that can be read, inside the fence.
import { stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { InputError, UsageError } from "../core/errors.ts";
import { BLOCK_LIST_TABLE, createBlockList } from "../functions/block-list.ts";
import { createFunctions } from "../functions/create-functions.ts";
import { fingerprintFiles } from "../metadata/fingerprint.ts";
import { findMetadataFiles, type MetadataFile } from "../metadata/inputs.ts";
import { datasetsWith } from "../metadata/published-columns.ts";
import { createMetadataView, createTableView, describeResolution } from "../metadata/view.ts";
import { findQuery, type QueryFile } from "../query/find-query.ts";
import { prepareSelection, type Selection } from "../query/select.ts";
import { parseVariables, type Variables } from "../query/variables.ts";
import { Database } from "../sql/database.ts";
import type { Resources, RunEffects, SelectionConfig } from "./config.ts";
import type { RunEvent } from "./events.ts";
import type { Identity } from "./identity.ts";

/** What stage one is asked for, found and parsed before anything is opened. */
export interface SelectionRequest {
  readonly config: SelectionConfig;
  readonly variables: Variables;
  readonly tables: readonly { readonly name: string; readonly pattern: string }[];
  readonly files: readonly MetadataFile[];
  readonly query: QueryFile;
}

/** A selection that is ready to be read. Close its database. */
export interface OpenSelection {
  readonly database: Database;
  readonly selection: Selection;
  /** Every file that the query can read. */
  readonly inputs: readonly MetadataFile[];
  readonly identity: Identity;
}

/** Finds the files and the query; throws where a path, a variable or a table is wrong. */
export async function readRequest(config: SelectionConfig, effects: RunEffects): Promise<SelectionRequest> {
  const variables = parseVariables(config.variables);
  const tables = parseTables(config.tables);
  const files = await findMetadataFiles(config.metadata);
  const { directory, packageQueries, verbs } = effects;
  return { config, variables, tables, files, query: await findQuery(config.query, { directory, packageQueries, verbs }) };
}

/** Opens a database that can read the inputs and write to `folder` alone, and prepares the query in it. */
export async function openSelection(
  request: SelectionRequest,
  samplesPerShard: number,
  folder: string,
  { memoryLimitBytes, threads, tempDirectory }: Resources,
  emit: (event: RunEvent) => void,
): Promise<OpenSelection> {
  const { config, files } = request;
  const database = await Database.open({ threads, memoryLimitBytes, tempDirectory: tempDirectory ?? join(folder, "spill") });
  try {
    const columns = await createMetadataView(database, files, { swappedSizes: config.swappedSizes });
    for (const text of columns.notices) emit({ event: "notice", text });
    emit({ event: "resolved", lines: describeResolution(columns) });
    const inputs = [...files];
    const named = files.map((file) => ({ table: "", file }));
    for (const { name, pattern } of request.tables) {
      const read =
        name === BLOCK_LIST_TABLE ? await openBlockList(database, pattern) : (await createTableView(database, name, pattern)).files;
      inputs.push(...read);
      named.push(...read.map((file) => ({ table: `${name}=`, file })));
    }
    await createFunctions(database, { hasBlockList: request.tables.some(({ name }) => name === BLOCK_LIST_TABLE) });
    const prints = await fingerprintFiles(inputs);
    const inputNames = named.map(({ table, file }) => `${table}${basename(file.path)} ${file.bytes} ${prints.get(file.path)}`);
    await database.fence(
      inputs.map(({ path }) => path),
      [folder],
    );
    const selection = await prepareSelection(database, request.query, request.variables, { ...columns, datasetsWith });
    for (const text of selection.notices) emit({ event: "notice", text });
    return { database, selection, inputs, identity: selectionIdentity(selection, inputNames, config, samplesPerShard) };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Reads the list of `--table block_list=FILE`, which is plain text; throws InputError where it cannot be read. */
async function openBlockList(database: Database, path: string): Promise<MetadataFile[]> {
  const file = resolve(path);
  try {
    const { size } = await stat(file);
    await createBlockList(database, file);
    return [{ path: file, bytes: size }];
  } catch (error) {
    const why = error instanceof Error ? error.message.split("\n", 1)[0] : String(error);
    throw new InputError(
      `--table ${BLOCK_LIST_TABLE}=${path} cannot be read: ${why}`,
      "Name one text file with a URL, a host or a digest on each line.",
      {
        cause: error,
      },
    );
  }
}

/** What makes the partitions these and no others. */
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

/** `name=glob` of `--table`. */
function parseTables(texts: readonly string[]): { name: string; pattern: string }[] {
  return texts.map((text) => {
    const equals = text.indexOf("=");
    if (equals < 1 || equals === text.length - 1) {
      throw new UsageError(`--table ${text} is not name=glob`, 'Write --table safety="tags/*.parquet".');
    }
    return { name: text.slice(0, equals), pattern: text.slice(equals + 1) };
  });
}
