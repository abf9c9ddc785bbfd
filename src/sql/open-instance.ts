// Opens a DuckDB instance in memory, with its limits and settings.
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { countedBytes } from "./memory-limit.ts";
import { decodeTextsWhole } from "./whole-texts.ts";

/**
 * How much must be free before DuckDB returns memory to the kernel: never. With its defaults (128 and 512 MB) a sort returns the same
 * pages and faults them in again and again, which took a seventh of the CPU of shuffling 10 million rows. The peak is the same.
 */
const NEVER = "1TB";

/** The same for a worker. There the rows and sidecars of a shard left 100 MB of holes in the heap that downloads share. */
const AT_ONCE = "1MB";

/** What a database may use. */
export interface DatabaseOptions {
  readonly threads: number;
  /** What DuckDB may hold in memory. The process needs a few hundred MB more. */
  readonly memoryLimitBytes: number;
  /** Where DuckDB spills. Without it, it never spills. */
  readonly tempDirectory?: string;
  readonly maxTempBytes?: number;
  /** Returns memory to the kernel after every statement, for a process that has much other work. Default false. */
  readonly givesMemoryBack?: boolean;
}

/** Opens an empty instance that never loads an extension by itself, and a connection to it. */
export async function openInstance(options: DatabaseOptions): Promise<{ instance: DuckDBInstance; connection: DuckDBConnection }> {
  decodeTextsWhole();
  const instance = await DuckDBInstance.create(":memory:", {
    threads: String(options.threads),
    memory_limit: `${countedBytes(options)}B`,
    temp_directory: options.tempDirectory ?? "",
    ...(options.maxTempBytes === undefined ? {} : { max_temp_directory_size: `${options.maxTempBytes}B` }),
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    // Set for the instance, because a sibling may be opened when the configuration is locked already.
    errors_as_json: "true",
  });
  const connection = await instance.connect();
  const kept = options.givesMemoryBack ? AT_ONCE : NEVER;
  await connection.run(
    `SET enable_progress_bar = true;
     SET enable_progress_bar_print = false;
     -- A result must not depend on the machine that makes it.
     SET TimeZone = 'UTC';
     SET allocator_flush_threshold = '${kept}';
     SET allocator_bulk_deallocation_flush_threshold = '${kept}'`,
  );
  return { instance, connection };
}
