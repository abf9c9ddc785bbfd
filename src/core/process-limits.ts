// Wherever a process asks how much the system lets it have: files, connections, addresses.
import { readFileSync } from "node:fs";

/** A limit of this process by the name that Linux gives it, such as `Max open files`; undefined where there is none, or the system does not say. */
export function processLimit(name: string): number | undefined {
  return limitIn(ownLimits(), name);
}

/** The same in the text of `/proc/self/limits`. */
export function limitIn(limits: string, name: string): number | undefined {
  const soft = new RegExp(`^${name}\\s+(\\d+)`, "m").exec(limits)?.[1];
  return soft === undefined ? undefined : Number(soft);
}

function ownLimits(): string {
  try {
    return readFileSync("/proc/self/limits", "utf8");
  } catch {
    // Other systems than Linux have no such file.
    return "";
  }
}
