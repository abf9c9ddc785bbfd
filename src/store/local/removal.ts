// Removes folders that other processes may still be using.
import { rename, rm } from "node:fs/promises";
import { errorCode } from "../system-errors.ts";

/** Ends the name of an attempt's folder that is being removed. */
const GONE = ".gone";

/** Whether the name is that of an attempt's folder whose removal has begun. */
export function isBeingRemoved(name: string): boolean {
  return name.endsWith(GONE);
}

/**
 * Removes the folder of an attempt that others may be publishing: they find all of it or nothing. Into a folder that is half removed, a
 * publisher that was asleep could move files that are published by now.
 */
export async function removeAttempt(folder: string): Promise<void> {
  if (isBeingRemoved(folder)) return await removeFolder(folder);
  const gone = `${folder}${GONE}`;
  // A removal may have been cut short.
  await removeFolder(gone);
  try {
    await rename(folder, gone);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
    return;
  }
  await removeFolder(gone);
}

/** Removes a folder that nobody needs. If its owner still writes into it, the owner removes the rest. */
export async function removeFolder(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 3, retryDelay: 20 });
  } catch (error) {
    if (errorCode(error) !== "ENOTEMPTY") throw error;
  }
}
