// Identifies the current start of the machine: unsynced files are whole only until the next.
import { readFileSync } from "node:fs";

/**
 * The kernel's identifier of the current start of the machine (`man 4 random`, boot_id), which containers on one machine share.
 * Undefined on systems other than Linux: there, files that must outlive a kill have to be synced.
 */
export function bootId(): string | undefined {
  const text = readIfThere("/proc/sys/kernel/random/boot_id");
  return /^[0-9a-f-]{36}\s*$/.test(text) ? text.trim() : undefined;
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
