import { expect, it } from "vitest";
import type { JsonValue } from "../../src/core/sample.ts";
import type { DownloadPlan } from "../../src/run/download-plan.ts";
import { toSample } from "../../src/run/sample-of-row.ts";
import { sampleEntries } from "../../src/shard/entries.ts";

it("a carried column called __proto__ comes into the sample's JSON like any other", () => {
  const carried = ["__proto__", "constructor"].map((name) => ({ source: name, name }));
  const plan = { carried, urlColumn: "url", shape: { samplesPerShard: 10, shardDigits: 5 } } as unknown as DownloadPlan;
  const row = JSON.parse('{"url":"http://a.test/","__proto__":{"x":1},"constructor":2}') as Record<string, JsonValue>;
  const stored = { image: Buffer.alloc(0), extension: "jpg", width: 1, height: 1, originalWidth: 1, originalHeight: 1 };
  const json = sampleEntries(toSample(row, 0, 0, plan), stored, undefined, false, new Map()).find(({ extension }) => extension === "json");
  expect(json?.body.toString()).toMatch(/^\{"__proto__":\{"x":1\},"constructor":2,"url":"http:\/\/a.test\/"/);
});
