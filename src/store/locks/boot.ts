// Identifies the current start of the machine: unsynced files are whole only until the next.
import { readFileSync } from "node:fs";

/**
 * An identifier that is another one after each start of the machine, as its kernel gives it (`man 4 random`, boot_id).
 * Containers on one machine share it. Undefined where the system does not tell (all but Linux): then what must outlive a
 * kill has to be synced.
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
