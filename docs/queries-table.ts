// Writes docs/queries.md: comments of the shipped queries, and their measured and published shares.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MetadataLayout } from "../src/demo/layouts.ts";
import { writeMetadata } from "../src/demo/write-metadata.ts";
import { createFunctions, QUERY_FUNCTIONS } from "../src/functions/create-functions.ts";
import { createMetadataView } from "../src/metadata/columns/view.ts";
import { findMetadataFiles } from "../src/metadata/find/metadata-files.ts";
import { queryComment } from "../src/query/query-comment.ts";
import { prepareSelection } from "../src/query/select.ts";
import { Database } from "../src/sql/database.ts";

const QUERIES = new URL("../queries/", import.meta.url);
const ROWS = 200_000;

/** The share of a data set's rows that a query keeps as published, and how far generated rows may differ. */
export interface PublishedShare {
  readonly query: string;
  readonly layout: MetadataLayout;
  /** A condition, if the share is one of a part of the data set. */
  readonly base?: string;
  readonly of: string;
  /** Per cent. */
  readonly share: number;
  /** Largest factor between the published and the measured share. */
  readonly factor: number;
  readonly note?: string;
}

const THREE_PARTS = "of its three parts together; laion2B-en alone has 3.3 %, and the generated rows follow it";
const BEAUTY = "the generated scores do not depend on size; 21 % of LAION's rows are so large, and more of those with a high score";
const TAIL = "sizes are published up to their 95 % quantile (1,050 pixels); generated sizes above it are too large";
const ROUGHLY = "published as about 2; the published shares of its conditions multiply to 2.4";
const ONE_URL = "COYO's share; 4 % of the generated URLs repeat, which is a guess";

/** Shares that LAION, COYO, DataComp and authors of models publish; each query's comment names its source. */
export const PUBLISHED_SHARES: readonly PublishedShare[] = [
  { query: "all", layout: "joined", of: "laion2B-en", share: 100, factor: 1.01 },
  { query: "seed-1024", layout: "original", of: "laion2B-en", share: 3.3, factor: 1.25 },
  { query: "high-resolution", layout: "joined", of: "LAION-5B, by size alone", share: 2.9, factor: 1.3, note: THREE_PARTS },
  {
    query: "aesthetic",
    layout: "aesthetic-v1",
    of: "laion2B-en",
    share: 2.2,
    factor: 1.15,
  },
  { query: "laion-art", layout: "aesthetic-v1", of: "the v1 tables", share: 0.14, factor: 1.4 },
  { query: "safe", layout: "joined", of: "laion2B-en", share: 97.1, factor: 1.02 },
  { query: "no-watermark", layout: "joined", of: "laion2B-en", share: 91, factor: 1.03 },
  { query: "relaion-safe", layout: "joined", of: "laion2B-en", share: 96.96, factor: 1.02 },
  { query: "relaion-research", layout: "joined", of: "laion2B-en, without a word list", share: 98.5, factor: 1.02 },
  {
    query: "sd-v2-1",
    layout: "aesthetics-v2",
    base: "aesthetic >= 4.5",
    of: "aesthetics v2 4.5+",
    share: 24.9,
    factor: 1.35,
    note: BEAUTY,
  },
  {
    query: "sd-x4-upscaler",
    layout: "joined",
    base: "width >= 1024 AND height >= 1024",
    of: "laion-high-resolution",
    share: 5.9,
    factor: 2,
    note: TAIL,
  },
  { query: "lcm-distill", layout: "joined", of: "laion2B-en", share: 2, factor: 1.5, note: ROUGHLY },
  { query: "datacomp-clip-l14-30", layout: "datacomp", of: "CommonPool", share: 30, factor: 1.01 },
  { query: "language", layout: "multi", of: "laion2B-multi", share: 2.1, factor: 1.15 },
  { query: "dedup-url", layout: "coyo", of: "COYO", share: 87.84, factor: 1.12, note: ONE_URL },
];

const CELL = /^\| `([\w-]+)` \| .* \| ([\d.]+) % \| ([\d.]+) % \|/gm;

/** The table of shares, read back from the page. */
export function sharesOnPage(page: string): { query: string; published: number; measured: number }[] {
  return [...page.matchAll(CELL)].map(([, query = "", published, measured]) => ({
    query,
    published: Number(published),
    measured: Number(measured),
  }));
}

/** `docs/queries.md` as text. Generates 200,000 rows of each data set, always the same ones. */
export async function queriesPage(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "prep-docs-"));
  try {
    const measured = new Map<string, number>();
    for (const layout of new Set(PUBLISHED_SHARES.map((share) => share.layout))) {
      await measure(layout, join(folder, layout), measured);
    }
    return page(measured);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function measure(layout: MetadataLayout, directory: string, measured: Map<string, number>): Promise<void> {
  const database = await Database.open({ threads: 2, memoryLimitBytes: 1_000_000_000 });
  try {
    const files = await writeMetadata(database, { directory, rows: ROWS, files: 1, seed: "shares", layout });
    const view = await createMetadataView(database, await findMetadataFiles(files));
    await createFunctions(database);
    for (const { query, base } of PUBLISHED_SHARES.filter((share) => share.layout === layout)) {
      const text = readFileSync(new URL(`${query}.sql`, QUERIES), "utf8");
      await prepareSelection(database, { name: query, text }, new Map(), view);
      const [row] = await database.rows(
        `SELECT 100 * (SELECT count(*) FROM selection) / (SELECT count(*) FROM metadata${base === undefined ? "" : ` WHERE ${base}`}) AS share`,
      );
      measured.set(query, Number(row?.["share"]));
    }
  } finally {
    database.close();
  }
}

function page(measured: ReadonlyMap<string, number>): string {
  const queries = readdirSync(QUERIES)
    .sort()
    .map((file) => ({ name: file.replace(/\.sql$/, ""), ...queryComment(readFileSync(new URL(file, QUERIES), "utf8")) }));
  const percent = (share: number) => `${Number(share.toPrecision(4))} %`;
  return `# Shipped queries

For people who choose a query, or write one: what each keeps, its variables, and the functions that queries can call.

\`npm run docs\` writes this page from \`queries/\`; \`prep queries NAME\` prints the same comments. A test runs each query on generated metadata of every data set that it names.
It compares the rows kept, with default and with other values, with an independent computation in TypeScript.

## Shares

The published share beside the share of ${ROWS.toLocaleString("en-US")} generated rows. Their sizes, scores and languages follow the published distributions.

| query | share of | published | measured | |
| --- | --- | --: | --: | --- |
${PUBLISHED_SHARES.map(({ query, of, share, note }) => `| \`${query}\` | ${of} | ${percent(share)} | ${percent(measured.get(query) ?? Number.NaN)} | ${note ?? ""} |`).join("\n")}

## Functions

${QUERY_FUNCTIONS.map(({ name, parameters, says }) => `- \`${name}(${parameters.join(", ")})\`: ${says}`).join("\n")}

## Queries

${queries
  .map(({ name, lines, source, datasets, variables }) =>
    [
      `### ${name}`,
      "",
      lines.join(" "),
      "",
      `Source: ${source}. Data sets: ${datasets.join(", ")}.`,
      ...(variables.length === 0
        ? []
        : ["", ...variables.map((variable) => `- \`${variable.name}\` (\`${variable.default}\`): ${variable.says}`)]),
    ].join("\n"),
  )
  .join("\n\n")}
`;
}
