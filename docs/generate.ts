// Writes the parts of the documentation that follow from the code; `--check` only says whether they are up to date.
import { readFileSync, writeFileSync } from "node:fs";
import { optionsMarkdown, peerOptionsMarkdown } from "../src/cli/options/markdown.ts";
import { queriesPage } from "./queries-table.ts";

const PARTS: readonly (readonly [file: string, content: string])[] = [
  ["../README.md", optionsMarkdown()],
  ["img2dataset.md", peerOptionsMarkdown()],
];

for (const [file, content] of PARTS) {
  const url = new URL(file, import.meta.url);
  const text = readFileSync(url, "utf8");
  const updated = text.replace(
    /(<!-- options -->\n)[\s\S]*?(<!-- \/options -->)/,
    (_, before: string, after: string) => `${before}${content}\n${after}`,
  );
  if (!process.argv.includes("--check")) writeFileSync(url, updated);
  else if (text !== updated) process.exitCode = 1;
}

const QUERIES_PAGE = new URL("queries.md", import.meta.url);
const page = await queriesPage();
if (!process.argv.includes("--check")) writeFileSync(QUERIES_PAGE, page);
else if (readFileSync(QUERIES_PAGE, "utf8") !== page) process.exitCode = 1;
