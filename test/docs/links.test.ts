// Links between documents resolve, and the repository has the files that documents name.
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";
import { PAGES, proseOf, ROOT, readPage } from "../support/docs/pages.ts";

const EXTERNAL = /^(?:https?|mailto):/;

describe("the documents", () => {
  it("link files that exist", () => {
    const broken = allLinks().filter(({ target }) => !existsSync(join(ROOT, target)));
    expect(broken.map(({ page, link }) => `${page}: ${link}`)).toEqual([]);
  });

  it("link headings that exist", () => {
    const broken = allLinks().filter(({ target, anchor }) => anchor !== undefined && !anchorsOf(target).has(anchor));
    expect(broken.map(({ page, link }) => `${page}: ${link}`)).toEqual([]);
  });

  it("name files and folders of the repository that exist", () => {
    const missing = PAGES.flatMap((page) =>
      [...readPage(page).matchAll(/`((?:src|test|docs|bench|bin|\.ci)\/[^`\s<>*{]*)`/g)]
        .map(([, path = ""]) => path)
        .filter((path) => !/[A-Z]{2}/.test(path) && !existsSync(join(ROOT, path)))
        .map((path) => `${page}: ${path}`),
    );
    expect(missing).toEqual([]);
  });

  it("name test files that exist, also by their last part alone", async () => {
    const files = (await readdir(join(ROOT, "test"), { recursive: true })).map((path) => `/${path}`);
    const missing = PAGES.flatMap((page) =>
      [...readPage(page).matchAll(/`(?:test\/)?([\w/-]+(?:\.slow)?\.test\.ts)`/g)]
        .map(([, path = ""]) => path)
        .filter((path) => !/[A-Z]{2}/.test(path) && !files.some((file) => file.endsWith(`/${path}`)))
        .map((path) => `${page}: ${path}`),
    );
    expect(missing).toEqual([]);
  });
});

interface Link {
  readonly page: string;
  readonly link: string;
  /** Relative to the repository. */
  readonly target: string;
  readonly anchor: string | undefined;
}

/** All links of all documents into the repository. */
function allLinks(): Link[] {
  return PAGES.flatMap((page) =>
    [...proseOf(readPage(page)).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, link = ""]) => link)
      .filter((link) => !EXTERNAL.test(link))
      .map((link) => {
        const [path = "", anchor] = link.split("#");
        return { page, link, target: path === "" ? page : normalize(join(dirname(page), path)), anchor };
      }),
  );
}

/** Anchors of a page's headings as GitHub makes them. */
function anchorsOf(page: string): Set<string> {
  return new Set(
    [...proseOf(readPage(page)).matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}
