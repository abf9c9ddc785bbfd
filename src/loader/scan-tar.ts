// Shards become samples again: the names in a tar, for readers that look at its bytes themselves.
import { TarScan } from "../tar/scan-tar.ts";

/** Follows a tar whose chunks are pushed into it. */
export function scanTar(): TarScan {
  return new TarScan();
}
