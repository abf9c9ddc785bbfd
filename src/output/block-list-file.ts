// The conductor: the compiled block list of an output, made once and read by every worker.
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { OutputError } from "../core/errors.ts";
import { type BlockList, type BlockListFacts, compileBlockLists, loadBlockList } from "../fetch/rights/block-list.ts";
import { temporaryFile } from "../store/commit.ts";

const pathOf = (output: string): string => join(output, "_prep", "block-list");

/** Compiles the lists into the output; a second start does it again, since it cannot know whether the file is whole. */
export async function establishBlockList(output: string, paths: readonly string[], facts: BlockListFacts): Promise<void> {
  const temporary = temporaryFile(output, "block-list");
  await rm(temporary, { force: true });
  await compileBlockLists(paths, facts, temporary);
  await rename(temporary, pathOf(output));
}

/** The list that an output belongs to. Throws OutputError where it is gone: nothing may be fetched without it. */
export async function readBlockList(output: string, digest: string): Promise<BlockList> {
  const list = await loadBlockList(pathOf(output), digest);
  if (list) return list;
  throw new OutputError(`${pathOf(output)} is not the block list of this output`, "Start the download again with its --block-list.");
}
