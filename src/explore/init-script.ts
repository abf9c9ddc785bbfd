// Writes SQL that gives any DuckDB shell the views and functions of a run.
import { resolve } from "node:path";
import { BLOCK_LIST_TABLE, blockListStatements } from "../functions/block-list.ts";
import { functionStatements } from "../functions/create-functions.ts";
import type { Resources, SelectionConfig } from "../job/config.ts";
import { createMetadataView, createTableView } from "../metadata/columns/view.ts";
import { findMetadataFiles } from "../metadata/find/metadata-files.ts";
import { HUB_SECRET, isRemote, LOAD_HTTPFS } from "../metadata/find/remote.ts";
import { parseVariables } from "../query/variables.ts";
import { parseTables } from "../selection/open-tables.ts";
import { Database } from "../sql/database.ts";
import { quoteName, quoteText } from "../sql/text.ts";

const HEAD = `-- Views and functions of prep for DuckDB's own shell. There is no fence here: SQL
-- can read, write and load everything that you can. Run only queries that you trust.
`;

/**
 * A script for `duckdb -init`: memory and threads, functions, tables, variables. Its paths are absolute. It reads no rows before it
 * is run. Throws InputError and UsageError as a run does.
 */
export async function initScript(
  config: Pick<SelectionConfig, "metadata" | "swappedSizes"> & Partial<Pick<SelectionConfig, "tables" | "variables">>,
  { threads, memoryLimitBytes }: Resources,
): Promise<string> {
  const tables = parseTables(config.tables ?? []);
  const blockList = tables.find(({ name }) => name === BLOCK_LIST_TABLE)?.pattern;
  const variables = [...parseVariables(config.variables ?? [])];
  const database = await Database.open({ threads, memoryLimitBytes });
  try {
    const files = await findMetadataFiles(config.metadata);
    await createMetadataView(database, files, { swappedSizes: config.swappedSizes });
    for (const { name, pattern } of tables)
      if (name !== BLOCK_LIST_TABLE) files.push(...(await createTableView(database, name, pattern)).files);
    const remote = files.filter(({ path }) => isRemote(path));
    const views = await database.rows("SELECT sql FROM duckdb_views() WHERE NOT internal ORDER BY view_oid");
    const statements = [
      `${HEAD}SET memory_limit = '${memoryLimitBytes}B'`,
      `SET threads = ${threads}`,
      ...(remote.length === 0 ? [] : [LOAD_HTTPFS]),
      ...(remote.some(({ path }) => /^hf:/i.test(path)) ? [HUB_SECRET] : []),
      ...functionStatements(),
      ...(blockList === undefined ? [] : blockListStatements(resolve(blockList))),
      ...views.map(({ sql }) =>
        String(sql)
          .replace(/^CREATE VIEW/, "CREATE OR REPLACE VIEW")
          .replace(/;\s*$/, ""),
      ),
      ...variables.map(([name, { type, text }]) => `SET VARIABLE ${quoteName(name)} = CAST(${quoteText(text)} AS ${type})`),
    ];
    return `${statements.join(";\n\n")};\n`;
  } finally {
    database.close();
  }
}
