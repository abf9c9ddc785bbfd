// Numbers in documents are those of the code: each is named here with its page and its constant.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { OPTIONS } from "../../src/job/options/table.ts";
import { RUNS } from "../support/compare/job.ts";
import { PAGES, ROOT, readPage } from "../support/docs/pages.ts";

const MIB = 2 ** 20;

/** A page, words of it, the room with the constant, its name, and the value that the words mean. */
type DocumentedNumber = readonly [page: string, words: string, room: string, constant: string, value: number];

const NUMBERS: readonly DocumentedNumber[] = [
  ["SECURITY.md", "A worker has 24 MiB for bodies", "worker", "MAX_BODY_BYTES", 24 * MIB],
  ["SECURITY.md", "four at a time continue", "fetch", "MAX_FAVOURED", 4],
  ["SECURITY.md", "Heads end at 16 KiB", "fetch", "MAX_HEAD_BYTES", 16 * 1024],
  ["SECURITY.md", "At most five redirects", "fetch", "MAX_REDIRECTS", 5],
  ["SECURITY.md", "Above 100,000 URLs", "worker", "CONTACT_FROM_URLS", 100_000],
  ["SECURITY.md", "250 ms, doubling", "fetch", "FIRST_GAP_MS", 250],
  ["SECURITY.md", "doubling to 10 s", "fetch", "MAX_GAP_MS", 10_000],
  ["SECURITY.md", "`Retry-After`, a minute at a time", "fetch", "MAX_RETRY_AFTER_MS", 60_000],
  ["SECURITY.md", "answers take over a second", "fetch", "SLOW_MS", 1000],
  ["SECURITY.md", "busy for over 30 s", "fetch", "MAX_AHEAD_MS", 30_000],
  ["SECURITY.md", "keeps rules for a day", "fetch", "RULES_LIFETIME_MS", 86_400_000],
  ["SECURITY.md", "out for a minute at a time", "fetch", "FAILURE_LIFETIME_MS", 60_000],
  ["SECURITY.md", "at most 25 million entries", "fetch", "MAX_BLOCK_ENTRIES", 25_000_000],
  ["docs/formats.md", "up to 8 MiB in a worker", "worker", "MAX_WAITING_BYTES", 8 * MIB],
  ["docs/formats.md", "brings it to 32 MiB", "shard", "GROUP_BYTES", 32 * MIB],
  ["docs/formats.md", "after 65,536 rows", "shard", "GROUP_ROWS", 65_536],
  ["docs/protocol.md", "at most every two seconds", "output", "INTERVAL_MS", 2000],
  ["docs/protocol.md", "touches it every ten seconds", "output", "REFRESH_MS", 10_000],
  ["docs/protocol.md", "waits ten seconds and ends with 7", "output", "LAST_WORK_MS", 10_000],
  ["docs/protocol.md", "up to five that wait", "worker", "MAX_OPEN_SHARDS", 6],
  ["docs/protocol.md", "fifty hosts in a row", "fetch", "MANY_HOSTS", 50],
  ["docs/protocol.md", "fewer than 20 hosts", "fetch", "FEW_HOSTS", 20],
  ["docs/protocol.md", "a reserve (64 MiB", "store", "RESERVE_BYTES", 64 * MIB],
  ["docs/protocol.md", "a twentieth of a small disk", "store", "RESERVE_SHARE", 0.05],
  ["docs/protocol.md", "versions 1 to 3", "manifest", "RECORD_FORMAT_VERSION", 3],
  ["docs/scale.md", "Each takes its part of 24 MiB", "worker", "MAX_BODY_BYTES", 24 * MIB],
  ["docs/scale.md", "about 1.7 bytes of temporary disk", "selection", "SPILL_PER_BYTE", 1.7],
  ["docs/scale.md", "2, 4, 8 or 16 passes", "selection", "MAX_PASSES", 16],
  ["docs/explore.md", "at least a quarter of a million rows", "profile", "SAMPLED_ROWS", 500_000],
  ["docs/img2dataset.md", "larger than 4 megapixels", "transform", "MAX_ENLARGED_PIXELS", 4e6],
  ["docs/img2dataset.md", "grown by a tenth on every edge", "transform", "GROWTH", 0.1],
  ["docs/img2dataset.md", "by up to half the image", "transform", "MAX_OVERSHOOT", 0.5],
];

describe("a number in a document", () => {
  it.each(NUMBERS)("%s: %s", (page, words, room, constant, value) => {
    expect(readPage(page)).toContain(words);
    expect(new Set(constantsIn(room, constant))).toEqual(new Set([value]));
  });

  it("says how long a run waits for a network", () => {
    expect(readPage("docs/protocol.md")).toContain("After `--max-outage` (10 minutes)");
    expect(OPTIONS.find(({ name }) => name === "max-outage")?.default).toBe(600);
  });

  it("says how often prep and img2dataset are compared", () => {
    expect(readPage("docs/img2dataset.md")).toContain(`In ${RUNS.length} runs`);
  });

  it("says how many queries there are", () => {
    expect(readPage("README.md")).toContain("lists over thirty such files");
    expect(readdirSync(join(ROOT, "queries")).length).toBeGreaterThan(30);
  });

  it("never is the address of a note outside the repository", () => {
    expect(PAGES.filter((page) => /`?facts\//.test(readPage(page)))).toEqual([]);
  });
});

/** The values of the constants of this name in a room: digits, arithmetic and separators only. */
function constantsIn(room: string, constant: string): number[] {
  const folder = join(ROOT, "src", room);
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  return files.flatMap((name) =>
    [...readFileSync(join(folder, name), "utf8").matchAll(new RegExp(`const ${constant} = ([\\d_.e*+ ]+);`, "g"))].map(([, text = ""]) =>
      evaluate(text),
    ),
  );
}

/** The value of a product of numbers and powers, such as `24 * 2 ** 20`. */
function evaluate(expression: string): number {
  const factors = expression
    .replaceAll("_", "")
    .split(/(?<!\*)\*(?!\*)/)
    .map((factor) => factor.split("**").map(Number));
  return factors.reduce((product, [base = Number.NaN, exponent = 1]) => product * base ** exponent, 1);
}
