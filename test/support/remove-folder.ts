// Removes a folder in which a worker may still be working.
import { rm } from "node:fs/promises";

/** Removes a folder if it exists. Tries again when a worker of a killed run renames files there meanwhile. */
export async function removeFolder(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}
