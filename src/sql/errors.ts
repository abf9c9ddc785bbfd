// DuckDB's errors: their parts, and the errors for users that they become.
import { OutputError, PrepError, QueryError } from "../core/errors.ts";

/** An error of DuckDB. Positions are byte offsets into the SQL text that it was given. */
export class SqlError extends Error {
  /** DuckDB's type of error: `Parser`, `Binder`, `Catalog`, `Permission`, `IO`, `Out of Memory` ... */
  readonly type: string;
  readonly position: number | undefined;
  readonly candidates: readonly string[];

  constructor(type: string, message: string, position: number | undefined, candidates: readonly string[], cause: unknown) {
    super(message, { cause });
    this.name = "SqlError";
    this.type = type;
    this.position = position;
    this.candidates = candidates;
  }
}

/** Parses what the binding throws: JSON (because of `errors_as_json`) after optional prefixes, or plain text. */
export function toSqlError(thrown: unknown): SqlError {
  if (thrown instanceof SqlError) return thrown;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const brace = text.indexOf('{"exception_type"');
  if (brace >= 0) {
    try {
      const parts = JSON.parse(text.slice(brace)) as Record<string, string | undefined>;
      const position = parts["position"] === undefined ? undefined : Number(parts["position"]);
      const candidates = parts["candidates"]?.split(",").map((name) => name.trim().replace(/^"|"$/g, "")) ?? [];
      return new SqlError(parts["exception_type"] ?? "Unknown", parts["exception_message"] ?? text, position, candidates, thrown);
    } catch {
      // Not JSON: the text itself is the message.
    }
  }
  const type = /^([A-Z][\w -]*?) Error: /.exec(text);
  return new SqlError(type?.[1] ?? "Unknown", type ? text.slice(type[0].length) : text, undefined, [], thrown);
}

/**
 * The error for users behind an error of DuckDB, such as a full disk, too little memory, or a file that broke or vanished. Returns
 * anything else unchanged; it counts as a defect.
 */
export function asRunError(thrown: unknown, doing: string): unknown {
  if (thrown instanceof PrepError) return thrown;
  const error = toSqlError(thrown);
  if (/no space left|not enough space|max_temp_directory_size|disk quota/i.test(error.message)) {
    return new OutputError(
      `the disk is full while ${doing}: ${firstLine(error.message)}`,
      "Free space, or name another place with --temp-directory, and start again.",
      {
        cause: error,
      },
    );
  }
  if (error.type === "IO") {
    return new OutputError(
      `a file cannot be read or written while ${doing}: ${firstLine(error.message)}`,
      "Check the disk, and that nothing removes files from _prep in the output. Then start the same command again: what is committed stays.",
      { cause: error },
    );
  }
  if (error.type === "Out of Memory") {
    return new OutputError(`not enough memory while ${doing}: ${firstLine(error.message)}`, "Raise --memory-limit or lower --threads.", {
      cause: error,
    });
  }
  if (/^(Conversion|Invalid Input|Out of Range|Invalid)/.test(error.type)) {
    return new QueryError(
      `${error.message} (while ${doing})`,
      "Check the values that the query reads. try_cast gives NULL where cast fails.",
      { cause: error },
    );
  }
  if (/^Not ?implemented/i.test(error.type)) {
    return new QueryError(`DuckDB cannot run this query: ${firstLine(error.message)} (while ${doing})`, "Write it another way.", {
      cause: error,
    });
  }
  if (error.type === "Permission") {
    return new QueryError(
      `the query may not read this: ${firstLine(error.message)}`,
      "It can read the metadata and the tables of --table, and nothing else on disk or network.",
      {
        cause: error,
      },
    );
  }
  return error.type === "Unknown" ? thrown : error;
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? text;
}
