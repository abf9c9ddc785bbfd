// How an output differs from what was asked for, in words that the user typed.
import { expect, it } from "vitest";
import { insistOnIdentity } from "../../src/job/identity.ts";

const SELECTION = {
  query: "SELECT * FROM metadata",
  variables: { side: { text: "512", type: "BIGINT" } },
  inputs: ["a b.parquet 1200 0123456789abcdef", "safety=t.parquet 99 fedcba9876543210"],
  seed: "1",
  limit: null,
  partitions: "default for 10000 samples a shard",
};
const DOWNLOAD = {
  inputs: ["list.parquet 1200 10 0123456789abcdef"],
  imageSize: 256,
  trueExtension: false,
  maxImageArea: Number.MAX_SAFE_INTEGER,
  additionalColumns: ["a", "b"],
  verifyHash: { column: "md5", algorithm: "md5" },
};

function words(existing: Record<string, unknown>, changes: Record<string, unknown>): string[] {
  try {
    insistOnIdentity("out", "selection", existing, { ...existing, ...changes });
    return [];
  } catch (error) {
    return (error as Error).message.split("\n").slice(1);
  }
}

it.each<[Record<string, unknown>, Record<string, unknown>, string[]]>([
  [SELECTION, {}, []],
  [SELECTION, { variables: {} }, ["  side: this output was made with 512; you leave it out."]],
  [
    SELECTION,
    { variables: { side: { text: "768", type: "BIGINT" }, min_size: { text: "500", type: "BIGINT" } } },
    ["  side: this output was made with 512; you set 768.", "  min_size: this output was made without it; you set 500."],
  ],
  [
    SELECTION,
    { seed: "2", limit: 5 },
    ["  --seed: this output was made with 1; you ask for 2.", "  --limit: this output was made without it; you ask for 5."],
  ],
  [SELECTION, { query: "SELECT 1" }, ["  query: this output was made with SELECT * FROM metadata; you ask for SELECT 1."]],
  [
    SELECTION,
    { inputs: ["a b.parquet 1201 1123456789abcdef", "c.parquet 3 00ff00ff00ff00ff"] },
    ["  inputs: a b.parquet has changed since, safety=t.parquet is no longer among them, c.parquet is new."],
  ],
  [SELECTION, { inputs: [...SELECTION.inputs].reverse() }, ["  inputs: they are in another order."]],
  [DOWNLOAD, { inputs: ["list.parquet 1200 11 0123456789abcdee"] }, ["  inputs: list.parquet has changed since."]],
  [DOWNLOAD, { imageSize: 384 }, ["  --image-size: this output was made with 256; you ask for 384."]],
  [DOWNLOAD, { trueExtension: true }, ["  --true-extension: this output was made without it; you ask for it."]],
  [DOWNLOAD, { maxImageArea: 1000 }, ["  --max-image-area: this output was made with no limit; you ask for 1000."]],
  [DOWNLOAD, { additionalColumns: [] }, ["  --save-additional-columns: this output was made with a, b; you ask for none."]],
  [DOWNLOAD, { verifyHash: undefined }, ["  --verify-hash: this output was made with md5, md5; you leave it out."]],
])("%j, asked for with %j", (existing, changes, says) => {
  expect(words(existing, changes)).toEqual(says);
  for (const line of says) expect(line).not.toMatch(/[{}"[\]]/);
});
