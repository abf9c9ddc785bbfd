// Limits that the system sets for this process: files, connections, addresses.
import { readFileSync } from "node:fs";

/** A limit of this process by Linux's name for it, such as `Max open files`; undefined if it is unlimited or the system does not say. */
export function processLimit(name: string): number | undefined {
  return limitIn(ownLimits(), name);
}

/** The same, read from the text of `/proc/self/limits`. */
export function limitIn(limits: string, name: string): number | undefined {
  const soft = new RegExp(`^${name}\\s+(\\d+)`, "m").exec(limits)?.[1];
  return soft === undefined ? undefined : Number(soft);
}

function ownLimits(): string {
  try {
    return readFileSync("/proc/self/limits", "utf8");
  } catch {
    // Only Linux has this file.
    return "";
  }
}
