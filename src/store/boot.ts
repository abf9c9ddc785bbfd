// Where files live, on a local disk: which start of the machine this is, since an unsynced file is whole only until the next one.
import { readFile } from "node:fs/promises";

/**
 * An identifier that is another one after each start of the machine, as its kernel gives it (`man 4 random`, boot_id).
 * Undefined where the system does not tell (all but Linux): then what must outlive a kill has to be synced.
 */
export async function bootId(): Promise<string | undefined> {
  const text = await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => "");
  return /^[0-9a-f-]{36}\s*$/.test(text) ? text.trim() : undefined;
}
