// Samples of input rows.
import { expect, it } from "vitest";
import type { JsonValue } from "../../src/core/sample.ts";
import type { DownloadPlan } from "../../src/output/plans/download-plan.ts";
import { sampleEntries } from "../../src/shard/entries.ts";
import { hostOfRow, toSample } from "../../src/worker/sample-of-row.ts";

it("a carried column named __proto__ is in the sample's JSON like any other", () => {
  const carried = ["__proto__", "constructor"].map((name) => ({ source: name, name }));
  const plan = { carried, urlColumn: "url", shape: { samplesPerShard: 10, shardDigits: 5 } } as unknown as DownloadPlan;
  const row = JSON.parse('{"url":"http://a.test/","__proto__":{"x":1},"constructor":2}') as Record<string, JsonValue>;
  const stored = { image: Buffer.alloc(0), extension: "jpg", width: 1, height: 1, originalWidth: 1, originalHeight: 1 };
  const json = sampleEntries(toSample(row, 0, 0, plan), stored, undefined, false, new Map()).find(({ extension }) => extension === "json");
  expect(json?.body.toString()).toMatch(/^\{"__proto__":\{"x":1\},"constructor":2,"url":"http:\/\/a.test\/"/);
});

it("a row without a URL, or with a URL without a host, has no host", () => {
  const plan = { urlColumn: "url" } as unknown as DownloadPlan;
  const host = (url: string | null) => hostOfRow({ url }, plan);
  expect([null, "", "no url", "data:image/png;base64,AA==", "file:///a.jpg", "mailto:a@b.test"].map(host)).toEqual(
    Array(6).fill(undefined),
  );
  expect(host("https://A.test/x")).toBe("a.test");
});
