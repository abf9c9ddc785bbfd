// The conductor: SQL that gives any DuckDB shell the view `metadata` and the functions that a query has in a run.
import { BLOCK_LIST_TABLE, blockListTable } from "../functions/block-list.ts";
import { functionStatements } from "../functions/create-functions.ts";
import { findMetadataFiles } from "../metadata/inputs.ts";
import { createMetadataView } from "../metadata/view.ts";
import { Database } from "../sql/database.ts";
import type { Resources, SelectionConfig } from "./config.ts";

/** A script for `duckdb -init`. Its paths are absolute; it reads nothing until it is run. Throws InputError as a run does. */
export async function initScript(
  config: Pick<SelectionConfig, "metadata" | "swappedSizes"> & { readonly blockList?: string },
  { threads, memoryLimitBytes }: Resources,
): Promise<string> {
  const database = await Database.open({ threads, memoryLimitBytes });
  try {
    await createMetadataView(database, await findMetadataFiles(config.metadata), { swappedSizes: config.swappedSizes });
    const [view] = await database.rows("SELECT sql FROM duckdb_views() WHERE view_name = 'metadata' AND NOT internal");
    const statements = [
      ...(config.blockList === undefined ? [] : [`-- ${BLOCK_LIST_TABLE}\n${blockListTable(config.blockList)}`]),
      ...functionStatements({ hasBlockList: config.blockList !== undefined }),
      String(view?.["sql"])
        .replace(/^CREATE VIEW/, "CREATE OR REPLACE VIEW")
        .replace(/;\s*$/, ""),
    ];
    return `${statements.join(";\n\n")};\n`;
  } finally {
    database.close();
  }
}
