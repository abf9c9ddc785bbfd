// One digest for a folder of files, computed while they are written or read in name order.
import { createHash } from "node:crypto";

/** SHA-256 over, for each file in the order of names, `NAME\0BYTES\0` and its bytes. */
export class TreeDigest {
  readonly #hash = createHash("sha256");

  /** Adds the next file. */
  add(name: string, body: Uint8Array): void {
    this.#hash.update(`${name}\0${body.length}\0`).update(body);
  }

  /** The digest in hex. Nothing can be added afterwards. */
  hex(): string {
    return this.#hash.digest("hex");
  }
}
