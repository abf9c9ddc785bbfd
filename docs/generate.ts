// Writes the parts of the documents that follow from the code; `--check` only says if they are current.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { optionsMarkdown, peerOptionsMarkdown } from "../src/cli/options/markdown.ts";
import { outcomesPage } from "./outcomes-page.ts";
import { queriesPage } from "./queries-table.ts";
import { withWebPorts } from "./web-ports.ts";

const at = (path: string) => new URL(`../${path}`, import.meta.url);
const read = (path: string) => (existsSync(at(path)) ? readFileSync(at(path), "utf8") : "");

const withTable = (page: string, table: string) =>
  page.replace(/(<!-- options -->\n)[\s\S]*?(<!-- \/options -->)/, (_, before: string, after: string) => `${before}${table}\n${after}`);

const pages: Readonly<Record<string, string>> = {
  "docs/options.md": withTable(read("docs/options.md"), optionsMarkdown()),
  "docs/img2dataset.md": withTable(read("docs/img2dataset.md"), peerOptionsMarkdown()),
  "SECURITY.md": withWebPorts(read("SECURITY.md")),
  "docs/outcomes.md": outcomesPage(),
  "docs/queries.md": await queriesPage(),
};
for (const [path, text] of Object.entries(pages)) {
  if (text === read(path)) continue;
  if (process.argv.includes("--check")) {
    process.stderr.write(`${path} is not up to date: npm run docs\n`);
    process.exitCode = 1;
  } else writeFileSync(at(path), text);
}
