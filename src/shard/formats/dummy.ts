// The format that stores no samples: rows are downloaded, transformed and recorded only.
import type { OutputFormat } from "../output-format.ts";
import type { ShardWriter } from "../shard-writer.ts";

/** No shards: an output of sidecars and records. */
export const dummy: OutputFormat = {
  ending: undefined,
  isFolder: false,
  hasSidecar: true,
  hasMembers: false,
  needsTypes: false,
  isListedForOpenClip: false,
  addedColumns: () => [],
  loadExpression: undefined,
  packer: () => () => [],
  open: async () => new DiscardingWriter(),
  load: nothing,
  readStored: nothing,
  salvage: nothing,
  inspect: async (path) => {
    throw new Error(`${path} cannot be a shard: this format has none`);
  },
};

async function* nothing(): AsyncGenerator<never> {}

class DiscardingWriter implements ShardWriter {
  async add(): Promise<void> {}

  async close(): Promise<undefined> {
    return undefined;
  }

  async abandon(): Promise<void> {}
}
