// Writes the parts of the documents that follow from the code; with `--check` it only compares.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { optionsMarkdown, peerOptionsMarkdown } from "../src/cli/options/markdown.ts";
import { VERBS } from "../src/cli/verbs.ts";
import { roomsMarkdown } from "../test/support/rooms.ts";
import { outcomesPage } from "./outcomes-page.ts";
import { queriesPage } from "./queries-table.ts";
import { withSidecarColumns } from "./sidecar-columns-table.ts";
import { withWebPorts } from "./web-ports.ts";

const at = (path: string) => new URL(`../${path}`, import.meta.url);
const read = (path: string) => (existsSync(at(path)) ? readFileSync(at(path), "utf8") : "");

/** The page with a new text between `<!-- name -->` and `<!-- /name -->`. */
const withBlock = (page: string, name: string, text: string) =>
  page.replace(
    new RegExp(`(<!-- ${name} -->\\n)[\\s\\S]*?(<!-- /${name} -->)`),
    (_, before: string, after: string) => `${before}${text}\n${after}`,
  );

const pages: Readonly<Record<string, string>> = {
  "docs/options.md": withBlock(read("docs/options.md"), "options", optionsMarkdown(VERBS)),
  "docs/img2dataset.md": withBlock(read("docs/img2dataset.md"), "options", peerOptionsMarkdown()),
  "ARCHITECTURE.md": withBlock(read("ARCHITECTURE.md"), "rooms", roomsMarkdown()),
  "SECURITY.md": withWebPorts(read("SECURITY.md")),
  "docs/formats.md": withSidecarColumns(read("docs/formats.md")),
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
