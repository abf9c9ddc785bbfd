// Watches from outside when the first byte of a shard is written.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** A watch that is running. */
export interface FirstByteWatch {
  /** Seconds from its start until a tar had bytes; undefined before that. */
  seconds(): number | undefined;
  stop(): void;
}

/** Looks every 20 ms at the tars below a folder, which need not exist yet. */
export function watchFirstByte(folder: string): FirstByteWatch {
  const start = performance.now();
  let seconds: number | undefined;
  const timer = setInterval(() => {
    if (!hasBytes(folder)) return;
    seconds = (performance.now() - start) / 1000;
    clearInterval(timer);
  }, 20);
  return { seconds: () => seconds, stop: () => clearInterval(timer) };
}

function hasBytes(folder: string): boolean {
  try {
    const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
    return names.some((name) => name.endsWith(".tar") && statSync(join(folder, name)).size > 0);
  } catch {
    // The folder does not exist yet, or a file has just been renamed.
    return false;
  }
}
