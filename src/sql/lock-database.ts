// Opens the database to which lock files are attached.
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";

/** Opens a database for locks alone, because queries of users see what is attached to theirs. It does not keep the process alive. */
export async function openLockDatabase(): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create(":memory:", {
    threads: "1",
    memory_limit: "16MB",
    temp_directory: "",
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
  });
  return await instance.connect();
}
