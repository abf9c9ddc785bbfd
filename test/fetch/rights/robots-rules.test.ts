// robots.txt by RFC 9309: groups, the longest rule, wildcards, encodings, and hostile files.
import { describe, expect, it } from "vitest";
import { parseRobots } from "../../../src/fetch/rights/robots-rules.ts";

const allows = (text: string, path: string) => parseRobots(text, "prep").allows(path);
const forAll = (...rules: string[]) => ["User-agent: *", ...rules].join("\n");

describe("groups", () => {
  it("are those that name us, else those of *, else none", () => {
    const text = "User-agent: prep\nDisallow: /a\n\nUser-agent: *\nDisallow: /b\n\nUser-agent: other\nDisallow: /c";
    expect(["/a", "/b", "/c"].map((path) => allows(text, path))).toEqual([false, true, true]);
    expect(parseRobots(text, "someone").allows("/b")).toBe(false);
    expect(parseRobots("User-agent: other\nDisallow: /", "someone").allows("/b")).toBe(true);
  });

  it("may name several agents, in any case, with versions", () => {
    expect(allows("user-AGENT: other\nUSER-agent: PREP/0.1\ndisallow: /", "/a")).toBe(false);
    expect(allows("User-agent: prepper\nDisallow: /", "/a")).toBe(true);
    expect(allows("User-agent: pre\nDisallow: /", "/a")).toBe(true);
  });

  it("may address us by a second name", () => {
    const text = "User-agent: lab\nDisallow: /a\n\nUser-agent: prep\nDisallow: /b\n\nUser-agent: *\nDisallow: /c";
    expect(["/a", "/b", "/c"].map((path) => parseRobots(text, "prep", "lab").allows(path))).toEqual([false, false, true]);
  });

  it("begin anew behind rules, for us and for all", () => {
    const text = "User-agent: *\nUser-agent: prep\nDisallow: /a\nUser-agent: x\nDisallow: /b";
    expect(["/a", "/b"].map((path) => allows(text, path))).toEqual([false, true]);
    expect(["/a", "/b"].map((path) => parseRobots(text, "someone").allows(path))).toEqual([false, true]);
  });

  it("of one agent count together, wherever they are", () => {
    const text = "User-agent: prep\nDisallow: /a\n\nUser-agent: x\nDisallow: /c\n\nUser-agent: prep\nDisallow: /b";
    expect(["/a", "/b", "/c"].map((path) => allows(text, path))).toEqual([false, false, true]);
  });

  it("that name us without a rule let us in, whatever * says", () => {
    expect(allows("User-agent: *\nDisallow: /\n\nUser-agent: prep\nDisallow:", "/a")).toBe(true);
  });

  it("are not broken by other lines, comments, blank lines, a byte order mark or any end of line", () => {
    const text = "\ufeffUser-agent: * # all\r\rSitemap: https://h/s.xml\rCrawl-delay: 5\r\n<html>\n  Disallow : /a # not this\n";
    expect([allows(text, "/a/b"), allows(text, "/b")]).toEqual([false, true]);
  });

  it("begin with a user-agent line: rules before one count for nobody", () => {
    expect(allows("Disallow: /\nUser-agent: x\nDisallow: /", "/a")).toBe(true);
  });
});

describe("rules", () => {
  it.each<[string[], string, boolean]>([
    [["Disallow: /"], "/", false],
    [["Disallow: /"], "/robots.txt", true],
    [["Disallow:"], "/a", true],
    [["Disallow: /a"], "/ab", false],
    [["Disallow: /a/"], "/a", true],
    [["Disallow: /A"], "/a", true],
    // The examples of RFC 9309, 5.2: the longest rule wins, and of equal ones the allowance.
    [["Allow: /example/page/", "Disallow: /example/page/disallowed.gif"], "/example/page/disallowed.gif", false],
    [["Allow: /example/page/", "Disallow: /example/page/disallowed.gif"], "/example/page/a.gif", true],
    [["Disallow: /a", "Allow: /a"], "/a", true],
    [["Allow: /p", "Disallow: /"], "/page", true],
    [["Disallow: *.gif$"], "/a/b.gif", false],
    [["Disallow: *.gif$"], "/a/b.gif?c", true],
    [["Disallow: /*.gif"], "/a/b.gif?c", false],
    [["Disallow: /a*b*c$"], "/aXbXcXc", false],
    [["Disallow: /a*b*c$"], "/aXcXb", true],
    [["Disallow: /a*a$"], "/a", true],
    [["Disallow: /$"], "/", false],
    [["Disallow: /$"], "/a", true],
    [["Disallow: /*"], "/a", false],
    [["Disallow: /a**b"], "/a/x/b", false],
    [["Disallow: /*?size="], "/a.jpg?size=3", false],
    // 2.2.2: one spelling for both sides.
    [["Disallow: /foo/bar?baz=https://foo.bar"], "/foo/bar?baz=https%3A%2F%2Ffoo.bar", true],
    [["Disallow: /foo/bar/ツ"], "/foo/bar/%E3%83%84", false],
    [["Disallow: /foo/bar/%E3%83%84"], "/foo/bar/%e3%83%84", false],
    [["Disallow: /foo/bar/%62%61%7A"], "/foo/bar/baz", false],
    [["Disallow: /a%2fb"], "/a/b", true],
    [["Disallow: /a%2fb"], "/a%2Fb", false],
  ])("%j on %s: %s", (rules, path, expected) => expect(allows(forAll(...rules), path)).toBe(expected));
});

describe("a hostile file", () => {
  it("costs no exponential time", () => {
    const text = forAll(`Disallow: /${"a*".repeat(1000)}b$`, `Disallow: /${"*a".repeat(1000)}$`);
    expect(allows(text, `/${"a".repeat(8000)}c`)).toBe(true);
  });

  it("of tens of thousands of agents and rules in one group costs no quadratic time", () => {
    const before = process.cpuUsage();
    const text = `${"User-agent: x\n".repeat(18_000)}${"Disallow: /a\n".repeat(18_000)}User-agent: prep\nDisallow: /b`;
    expect(["/a", "/b"].map((path) => allows(text, path))).toEqual([true, false]);
    expect(allows(`${"User-agent: x\n".repeat(36_000)}User-agent: prep\nDisallow: /b`, "/b")).toBe(false);
    // Takes seconds if each line looks at all agents before it.
    expect(process.cpuUsage(before).user).toBeLessThan(1e6);
  });

  it("of tens of thousands of patterns is not matched against a path of thousands of characters, and keeps us out", () => {
    const text = forAll(...Array.from({ length: 30_000 }, (_, rule) => `Disallow: *a${rule}b`));
    const before = process.cpuUsage();
    expect(allows(text, `/${"a".repeat(16_000)}`)).toBe(false);
    expect(allows(text, "/short")).toBe(true);
    expect(process.cpuUsage(before).user).toBeLessThan(1e6);
  });

  it("takes no more memory than its rules for us", () => {
    const others = Array.from({ length: 5000 }, (_, agent) => `User-agent: bot${agent}\nDisallow: /${agent}`).join("\n");
    expect(parseRobots(`${others}\nUser-agent: *\nDisallow: /a`, "prep").size).toBeLessThan(400);
  });

  it("of random bytes lets everything in", () => {
    const noise = Buffer.from(Array.from({ length: 10_000 }, (_, index) => (index * 7919) % 256)).toString("latin1");
    expect(allows(noise, "/a")).toBe(true);
  });
});
