// Stage: shard. No samples at all: everything is fetched, made and recorded, and thrown away.
import type { ShardWriter } from "./shard-writer.ts";

/** Takes samples and keeps nothing. */
export class DummyWriter implements ShardWriter {
  async add(): Promise<void> {}

  async close(): Promise<undefined> {
    return undefined;
  }

  async abandon(): Promise<void> {}
}
