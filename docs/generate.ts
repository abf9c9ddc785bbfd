// Writes the parts of the documentation that follow from the code; `--check` only says whether they are up to date.
import { readFileSync, writeFileSync } from "node:fs";
import { optionsMarkdown } from "../src/cli/options/markdown.ts";

const README = new URL("../README.md", import.meta.url);

const text = readFileSync(README, "utf8");
const updated = text.replace(
  /(<!-- options -->\n)[\s\S]*?(<!-- \/options -->)/,
  (_, before: string, after: string) => `${before}${optionsMarkdown()}\n${after}`,
);
if (process.argv.includes("--check")) process.exitCode = text === updated ? 0 : 1;
else writeFileSync(README, updated);
