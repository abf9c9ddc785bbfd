// Reads the documents of the repository, for tests that compare them with the code.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The repository's folder. */
export const ROOT = join(import.meta.dirname, "..", "..", "..");

/** Paths of all documents, relative to the repository. */
export const PAGES: readonly string[] = [
  ...readdirSync(ROOT).filter((name) => name.endsWith(".md")),
  ...readdirSync(join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

/** A document's text; throws if there is none. */
export function readPage(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** The text without code blocks, in which links and anchors mean nothing. */
export function proseOf(markdown: string): string {
  return markdown.replace(/^```[\s\S]*?^```$/gm, "");
}
