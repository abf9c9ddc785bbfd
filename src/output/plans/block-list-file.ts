// The compiled block list of an output, written once and read by every worker.
import { join } from "node:path";
import { OutputError } from "../../core/errors.ts";
import { type BlockList, type BlockListFacts, compileBlockLists, loadBlockList } from "../../fetch/rights/block-list.ts";
import { storeAt } from "../../store/store-at.ts";

const NAME = join("_prep", "block-list");

/** Compiles the lists into the output. Every start does it again, since it cannot know whether the file is whole. */
export async function establishBlockList(output: string, paths: readonly string[], facts: BlockListFacts): Promise<void> {
  await storeAt(output).replaceBy(NAME, (path) => compileBlockLists(paths, facts, path));
}

/** Reads the block list with this digest. Throws OutputError if the output has another or none: nothing may be fetched without it. */
export async function readBlockList(output: string, digest: string): Promise<BlockList> {
  const path = storeAt(output).location(NAME);
  const list = await loadBlockList(path, digest);
  if (list) return list;
  throw new OutputError(`${path} is not the block list of this output`, "Start the download again with its --block-list.");
}
