// What tests with folders of their own share: how one is removed that a worker may still be sweeping.
import { rm } from "node:fs/promises";

/** Removes a folder, if it is there. A worker whose engine was killed may give its files other names meanwhile; they go at the next try. */
export async function removeFolder(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}
