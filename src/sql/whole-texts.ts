// Makes the library decode texts without dropping a byte-order mark.
import { textDecoder } from "@duckdb/node-api/lib/vectors/dataAccessors.js";

const whole = new TextDecoder("utf-8", { ignoreBOM: true });

/** Replaces the decoder of the library, which drops a U+FEFF at the start of a text as a byte-order mark. Captions may begin with one. */
export function decodeTextsWhole(): void {
  textDecoder.decode = (bytes: Uint8Array) => whole.decode(bytes);
}
