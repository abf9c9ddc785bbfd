// X-Robots-Tag in its full grammar, and TDMRep's header.
import { describe, expect, it } from "vitest";
import { DEFAULT_DISALLOWED_DIRECTIVES, directivesFor, optOutOf, type ResponseHeaders } from "../../../src/fetch/rights/opt-out-headers.ts";

const judge = (headers: ResponseHeaders, disallowed: readonly string[] = DEFAULT_DISALLOWED_DIRECTIVES, honourTdmReservation = true) =>
  optOutOf(headers, { disallowedDirectives: new Set(disallowed), honourTdmReservation, agent: "prep" }, Date.UTC(2026, 0))?.code;

describe("directivesFor", () => {
  it.each<[string, string[]]>([
    ["noindex", ["noindex"]],
    ["NoIndex , NOFOLLOW", ["noindex", "nofollow"]],
    ["none", ["noindex", "nofollow"]],
    ["", []],
    [", ,", []],
    ["otherbot: noindex, nofollow", []],
    ["prep: noai, noimageai", ["noai", "noimageai"]],
    ["PREP : noai", ["noai"]],
    ["*: noai", ["noai"]],
    ["noarchive, otherbot: noai, prep: noindex", ["noarchive", "noindex"]],
    ["noai, unavailable_after: Fri, 25 Jun 2010 15:00:00 GMT", ["noai"]],
    ["unavailable_after: 25 Jun 2010 15:00:00 PST, noai", ["noai"]],
    ["unavailable_after: Friday, 25-Jun-10 15:00:00 UTC, noai", ["noai"]],
    ["unavailable_after: 2010-06-25T15:00:00+00:00, noai", ["noai"]],
    ["max-snippet: -1, max-image-preview:large, noimageindex", ["noimageindex"]],
    ["otherbot: unavailable_after: 25 Jun 2010 15:00:00 PST, noai", []],
    ["prep: unavailable_after: 25 Jun 2010 15:00:00 PST, noai", ["noai"]],
  ])("%j", (value, expected) => expect(directivesFor(value, "prep")).toEqual(expected));
});

describe("a second name, which the user gave", () => {
  it("is addressed by rules as the first one is, and others' rules are not for it", () => {
    expect(directivesFor("mycrawler: noai, other: noindex", "prep", "mycrawler")).toEqual(["noai"]);
    expect(directivesFor("prep: noai", "prep", "mycrawler")).toEqual(["noai"]);
    expect(directivesFor("mycrawler: noai", "prep")).toEqual([]);
  });
});

describe("a picture that its site offers until a day", () => {
  const dates = [
    "Fri, 25 Jun 2010 15:00:00 GMT",
    "25 Jun 2010 15:00:00 PST",
    "Friday, 25-Jun-10 15:00:00 UTC",
    "2010-06-25T15:00:00+00:00",
  ];

  it.each(dates)("is not for us from %s on, and is before", (date) => {
    const on = (nowMs: number) => directivesFor(`noarchive, unavailable_after: ${date}, nosnippet`, "prep", "prep", nowMs);
    expect(on(Date.UTC(2010, 5, 25))).toEqual(["noarchive", "nosnippet"]);
    expect(on(Date.UTC(2010, 5, 26))).toEqual(["noarchive", "noindex", "nosnippet"]);
    expect(judge({ "x-robots-tag": `unavailable_after: ${date}` })).toBe("opted_out");
  });

  it("is for us if the day is for another agent, or is no date", () => {
    expect(judge({ "x-robots-tag": `otherbot: unavailable_after: ${dates[1]}` })).toBeUndefined();
    expect(judge({ "x-robots-tag": "unavailable_after: soon, perhaps" })).toBeUndefined();
  });
});

describe("optOutOf", () => {
  it.each(["noai", "noimageai", "noindex", "noimageindex", "none", "all, noai"])("refuses %s by default", (value) =>
    expect(judge({ "x-robots-tag": value })).toBe("opted_out"),
  );

  it.each(["all", "nofollow", "noarchive", "nosnippet", "notranslate", "index, follow", "noaii"])("lets %s pass", (value) =>
    expect(judge({ "x-robots-tag": value })).toBeUndefined(),
  );

  it("reads several headers, each with its own scope", () => {
    expect(judge({ "x-robots-tag": ["otherbot: nofollow", "noai"] })).toBe("opted_out");
    expect(judge({ "x-robots-tag": ["otherbot: noai", "otherbot: noindex"] })).toBeUndefined();
  });

  it("is switched off by an empty list, and follows another list", () => {
    expect(judge({ "x-robots-tag": "noai, noindex" }, [])).toBeUndefined();
    expect(judge({ "x-robots-tag": "noml" }, ["noml"])).toBe("opted_out");
    expect(judge({ "x-robots-tag": "none" }, ["nofollow"])).toBe("opted_out");
  });

  it("refuses tdm-reservation: 1 and nothing else, unless it is switched off", () => {
    expect(judge({ "tdm-reservation": "1" })).toBe("tdm_reserved");
    expect(judge({ "tdm-reservation": ["0", " 1 "] })).toBe("tdm_reserved");
    expect(judge({ "tdm-reservation": "0" })).toBeUndefined();
    expect(judge({ "tdm-reservation": "1" }, [], false)).toBeUndefined();
    expect(judge({})).toBeUndefined();
  });
});

it("a header of thousands of nested scopes costs no quadratic time", () => {
  const before = process.cpuUsage();
  for (let round = 0; round < 20; round++) expect(directivesFor(`${"a:".repeat(8000)}prep: noai`, "prep")).toEqual(["noai"]);
  // 1.5 s if each scope copies all that is behind it.
  expect(process.cpuUsage(before).user).toBeLessThan(0.5e6);
});
