// The only folder that knows DuckDB: texts with all their letters.
import { textDecoder } from "@duckdb/node-api/lib/vectors/dataAccessors.js";

const whole = new TextDecoder("utf-8", { ignoreBOM: true });

/** Has the library decode texts whole: its own decoder takes a U+FEFF in front, which captions of the web do have, for a mark and drops it. */
export function decodeTextsWhole(): void {
  textDecoder.decode = (bytes: Uint8Array) => whole.decode(bytes);
}
