// Documents against the code: generated parts, shipped queries, names of options and scripts.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { outcomesPage } from "../../docs/outcomes-page.ts";
import { PUBLISHED_SHARES, sharesOnPage } from "../../docs/queries-table.ts";
import { withSidecarColumns } from "../../docs/sidecar-columns-table.ts";
import { withWebPorts } from "../../docs/web-ports.ts";
import { optionsMarkdown } from "../../src/cli/options/markdown.ts";
import { VERBS } from "../../src/cli/verbs.ts";
import { OPTIONS } from "../../src/job/options/table.ts";
import { queryComment } from "../../src/query/query-comment.ts";
import { PAGES, proseOf, ROOT, readPage } from "../support/docs/pages.ts";

/** More than this nobody reads before deciding. */
const README_WORDS = 1500;

/** Options that are not in the table, and of other programs. */
const OTHER_OPTIONS = new Set(["help", "global", "runs", "rounds", "url-list", "long", "peer"]);

describe("the README", () => {
  it(`has at most ${README_WORDS} words`, () => {
    expect(readPage("README.md").trim().split(/\s+/).length).toBeLessThanOrEqual(README_WORDS);
  });

  it("shows the query that the package ships", async () => {
    const shipped = (await readFile(join(ROOT, "queries", "high-resolution.sql"), "utf8")).replace(/^--.*\n/gm, "").trim();
    expect(readPage("README.md")).toContain(shipped);
  });

  it("links every other document", () => {
    const readme = readPage("README.md");
    expect(PAGES.filter((path) => path !== "README.md" && !readme.includes(`](${path}`))).toEqual([]);
  });
});

describe("every page of docs/", () => {
  it("says in its first paragraph for whom it is", () => {
    const silent = PAGES.filter((path) => path.startsWith("docs/") && !/^(<!--.*-->\n)?# .+\n\nFor /.test(readPage(path)));
    expect(silent).toEqual([]);
  });
});

describe("the generated parts", () => {
  it("follow from the code; npm run docs writes them", () => {
    expect(readPage("docs/options.md")).toContain(`<!-- options -->\n${optionsMarkdown(VERBS)}\n<!-- /options -->`);
    expect(readPage("docs/outcomes.md")).toBe(outcomesPage());
    const formats = readPage("docs/formats.md");
    expect(formats).toBe(withSidecarColumns(formats));
    expect(formats).toContain("\n| `outcome` | VARCHAR | no |");
    const security = readPage("SECURITY.md");
    expect(security).toBe(withWebPorts(security));
    expect(security).toMatch(/<!-- ports -->80, 443, /);
  });

  it("list every query, its variables, and a measured share near each published one", async () => {
    const page = readPage("docs/queries.md");
    for (const file of await readdir(join(ROOT, "queries"))) {
      const { lines, variables } = queryComment(await readFile(join(ROOT, "queries", file), "utf8"));
      expect(page).toContain(`### ${file.replace(".sql", "")}\n\n${lines.join(" ")}\n`);
      for (const { name, default: fallback, says } of variables) expect(page).toContain(`- \`${name}\` (\`${fallback}\`): ${says}`);
    }
    const shares = sharesOnPage(page);
    expect(shares.map(({ query, published }) => [query, published])).toEqual(PUBLISHED_SHARES.map(({ query, share }) => [query, share]));
    for (const { query, published, measured } of shares) {
      const factor = PUBLISHED_SHARES.find((share) => share.query === query)?.factor ?? 1;
      expect(Math.max(published / measured, measured / published), query).toBeLessThanOrEqual(factor);
    }
  });
});

describe("the documents", () => {
  it("name npm scripts that exist", () => {
    const { scripts } = JSON.parse(readPage("package.json")) as { scripts: Record<string, string> };
    const named = PAGES.flatMap((path) => [...readPage(path).matchAll(/npm run (?:--silent )?([\w:]+)/g)].map(([, name = ""]) => name));
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it("name options that exist", () => {
    const known = new Set([...OPTIONS.map(({ name }) => name), ...OTHER_OPTIONS]);
    const unknown = PAGES.flatMap((path) =>
      [...withoutOtherPrograms(readPage(path)).matchAll(/(?<![\w-])--(?:no-)?([a-z][a-z-]*[a-z])\b(?! -->)/g)]
        .filter(([, name = ""]) => !known.has(name))
        .map(([option]) => `${path}: ${option}`),
    );
    expect(unknown).toEqual([]);
  });

  it("ship queries that look at safety or say why they do not, and say what becomes of NULL", async () => {
    for (const name of await readdir(join(ROOT, "queries"))) {
      const text = await readFile(join(ROOT, "queries", name), "utf8");
      const comment = text.match(/^--.*$/gm)?.join("\n") ?? "";
      const judges =
        /punsafe|nsfw/i.test(text.replace(/^--.*$/gm, "")) || /No safety condition|no punsafe|(?:no|without a) safety score/.test(comment);
      expect([name, judges, /NULL/.test(comment)]).toEqual([name, true, true]);
    }
  });
});

/** The text without commands of npm, Node, img2dataset and the benches, whose options are their own. */
function withoutOtherPrograms(markdown: string): string {
  return proseOf(markdown)
    .replace(/`(?:npm|node|npx|NODE_OPTIONS)[^`]*`/g, "")
    .replace(/\(`--(?:mix|images)[^`]*`/g, "")
    .replaceAll(/`--disable-wasm-trap-handler`/g, "");
}
