// Removes folders that other processes may still be using.
import { rename, rm } from "node:fs/promises";
import { errorCode } from "../system-errors.ts";

/** Behind the name of an attempt's folder that is being removed. */
const GONE = ".gone";

/** Whether the name is that of an attempt's folder that somebody removes, or was removing when he died. */
export function isBeingRemoved(name: string): boolean {
  return name.endsWith(GONE);
}

/**
 * Removes the folder of an attempt that others may publish at this moment: they find all of it or, from one moment on, nothing.
 * One that was half removed would be a place into which a publisher who was asleep moves what is published by now.
 */
export async function removeAttempt(folder: string): Promise<void> {
  if (isBeingRemoved(folder)) return await removeFolder(folder);
  const gone = `${folder}${GONE}`;
  // Of a removal that was cut short.
  await removeFolder(gone);
  try {
    await rename(folder, gone);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
    return;
  }
  await removeFolder(gone);
}

/** Removes a folder that its owner, of whom nobody needs anything more, may still be writing into; then he removes the rest. */
export async function removeFolder(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 3, retryDelay: 20 });
  } catch (error) {
    if (errorCode(error) !== "ENOTEMPTY") throw error;
  }
}
