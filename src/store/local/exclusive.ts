// Creates a file that exactly one of any number of racing callers creates.
import { link, lstat, mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { claimName } from "../commit-record.ts";
import { errorCode } from "../system-errors.ts";
import { replaceFile, syncDirectory, writeNew, writeTemporary } from "./durable.ts";

/** What link(2) fails with on a file system without hard links. */
const NO_LINKS = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"]);

/**
 * Creates `path` with this text if it does not exist: true for the one caller that did. The text is whole at once, since a synced
 * file is linked to its name. Without hard links, `claim` decides which caller gives the file its name by a rename.
 */
export async function createExclusive(path: string, text: string, temporary: string, linkFile: typeof link = link): Promise<boolean> {
  // An earlier try of this process may have left it.
  await rm(temporary, { force: true });
  await writeTemporary(temporary, text);
  let isCreated = true;
  try {
    await linkFile(temporary, path);
  } catch (error) {
    const code = errorCode(error);
    if (code === "EEXIST") return false;
    if (code === undefined || !NO_LINKS.has(code)) throw error;
    isCreated = await claim(path, text, `${temporary}.claim`);
  } finally {
    await rm(temporary, { force: true });
  }
  if (isCreated) await syncDirectory(dirname(path));
  return isCreated;
}

const CLAIMED = "text";

/**
 * `createExclusive` without hard links. Each caller renames a folder with the text in it to `PATH.claim`. That fails while another
 * one stands there, so one caller holds the claim, and the next one can read its text and finish for a holder that was killed.
 * A claim that is won after the file exists came too late.
 */
async function claim(path: string, text: string, own: string): Promise<boolean> {
  const standing = claimName(path);
  await rm(own, { recursive: true, force: true });
  await mkdir(own);
  await writeNew(`${own}/${CLAIMED}`, text);
  await syncDirectory(own);
  try {
    for (;;) {
      if (await isThere(path)) return false;
      try {
        await rename(own, standing);
        break;
      } catch (error) {
        const code = errorCode(error);
        if (code !== "ENOTEMPTY" && code !== "EEXIST" && code !== "EPERM") throw error;
        await finishClaim(path, standing, own);
      }
    }
    const isFirst = !(await isThere(path));
    if (isFirst) await giveName(path, text, own);
    await removeClaim(standing);
    return isFirst;
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

/** Finishes the work of the holder of a claim, unless the claim is gone by now. */
async function finishClaim(path: string, standing: string, own: string): Promise<void> {
  let text: string;
  try {
    text = await readFile(`${standing}/${CLAIMED}`, "utf8");
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
    return;
  }
  if (!(await isThere(path))) await giveName(path, text, `${own}.other`);
  await removeClaim(standing);
}

/**
 * Removes a claim on a file that exists: it decides nothing any more. Another claim may take its place meanwhile, and removes itself.
 * Leaves anything else of that name alone.
 */
export async function removeClaim(standing: string): Promise<void> {
  if (!(await isClaim(standing))) return;
  try {
    await rm(standing, { recursive: true, force: true });
  } catch (error) {
    if (errorCode(error) !== "ENOTEMPTY") throw error;
  }
}

/** Whether a name is that of a real claim: a folder with its text in it, or an empty one after a removal that was cut short. */
export async function isClaim(standing: string): Promise<boolean> {
  const entry = await lstat(standing).catch(() => undefined);
  if (!entry?.isDirectory()) return false;
  const names = await readdir(standing).catch(() => []);
  return names.every((name) => name === CLAIMED);
}

async function giveName(path: string, text: string, temporary: string): Promise<void> {
  await replaceFile(path, text, `${temporary}.new`);
}

async function isThere(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    (error: unknown) => {
      if (errorCode(error) === "ENOENT") return false;
      throw error;
    },
  );
}
