// The documentation is true: generated parts are up to date, and the commands that it shows run.
import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { outcomesPage } from "../docs/outcomes-page.ts";
import { PUBLISHED_SHARES, sharesOnPage } from "../docs/queries-table.ts";
import { withWebPorts } from "../docs/web-ports.ts";
import { optionsMarkdown } from "../src/cli/options/markdown.ts";
import { OPTIONS } from "../src/cli/options/table.ts";
import { prepareDemo } from "../src/demo/prepare-demo.ts";
import { queryComment } from "../src/query/query-comment.ts";
import { startHubServer } from "./support/hub/hub-server.ts";
import { faultsOf, query } from "./support/output.ts";
import { withFolder, writeParquet } from "./support/parquet.ts";

const ROOT = join(import.meta.dirname, "..");
const readme = await readFile(join(ROOT, "README.md"), "utf8");
const img2dataset = await readFile(join(ROOT, "docs", "img2dataset.md"), "utf8");

describe("the page of queries", () => {
  it("has every query, its variables and a measured share near each published one (npm run docs writes it)", async () => {
    const page = await readFile(join(ROOT, "docs", "queries.md"), "utf8");
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

describe("the generated pages", () => {
  it("say what the code says (npm run docs writes them)", async () => {
    expect(await readFile(join(ROOT, "docs", "outcomes.md"), "utf8")).toBe(outcomesPage());
    const security = await readFile(join(ROOT, "SECURITY.md"), "utf8");
    expect(security).toBe(withWebPorts(security));
    expect(security).toMatch(/<!-- ports -->80, 443, /);
  });

  it("name files and options that exist", async () => {
    const security = await readFile(join(ROOT, "SECURITY.md"), "utf8");
    const outcomes = await readFile(join(ROOT, "docs", "outcomes.md"), "utf8");
    const files = await readdir(join(ROOT, "test"), { recursive: true });
    const named = [...security.matchAll(/`(?:test\/)?([\w/-]+\.test\.ts|[\w/-]+\.txt)`/g)].map(([, path]) => path ?? "");
    const known = (path: string) => path === "robots.txt" || path === "ai.txt" || files.some((file) => `/${file}`.endsWith(`/${path}`));
    expect(named.filter((path) => !known(path))).toEqual([]);
    const options = [...`${security} ${outcomes}`.matchAll(/--([a-z][a-z-]+[a-z])(?! -->)/g)].map(([, name]) => name);
    expect(options.filter((name) => !OPTIONS.some((option) => option.name === name))).toEqual([]);
  });
});

describe("the README", () => {
  it("has the option table that follows from the code (npm run docs writes it)", () => {
    expect(readme).toContain(`<!-- options -->\n${optionsMarkdown()}\n<!-- /options -->`);
  });

  it("shows the query that the package ships", async () => {
    const shipped = (await readFile(join(ROOT, "queries", "high-resolution.sql"), "utf8")).replace(/^--.*\n/gm, "").trim();
    expect(readme).toContain(shipped);
  });

  it("ships queries that look at safety or say why they do not, and say what becomes of NULL", async () => {
    for (const name of await readdir(join(ROOT, "queries"))) {
      const text = await readFile(join(ROOT, "queries", name), "utf8");
      const comment = text.match(/^--.*$/gm)?.join("\n") ?? "";
      const judges = /punsafe|nsfw/i.test(text.replace(/^--.*$/gm, "")) || /No safety predicate|no punsafe|no safety score/.test(comment);
      expect([name, judges, /NULL/.test(comment)]).toEqual([name, true, true]);
    }
  });

  it("names npm scripts that exist", async () => {
    const { scripts } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as { scripts: Record<string, string> };
    const named = [...readme.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name);
    expect(named.filter((name) => name === undefined || !(name in scripts))).toEqual([]);
  });

  it(
    "shows commands that run, one after the other, in a folder with metadata in laion/",
    () =>
      withFolder(async (folder) => {
        const world = await prepareDemo({ directory: join(folder, "laion"), rows: 2500 });
        try {
          await writeParquet(
            join(folder, "list.parquet"),
            `SELECT "URL", "TEXT", similarity, hash, punsafe, pwatermark FROM '${folder}/laion/*.parquet' LIMIT 60`,
          );
          const more = `COPY (SELECT "URL", "TEXT" FROM '${folder}/laion/*.parquet' LIMIT 20 OFFSET 60) TO '${folder}/more.csv.gz'`;
          await query(`${more} (FORMAT csv, COMPRESSION gzip)`);
          await mkdir(join(folder, "bin"));
          await symlink(join(ROOT, "bin", "prep.js"), join(folder, "bin", "prep"));
          const commands = [...(readme + img2dataset).matchAll(/<!-- run -->\n```sh\n([\s\S]*?)```/g)].flatMap(([, block]) =>
            (block ?? "").trim().split("\n"),
          );
          expect(commands.length).toBeGreaterThanOrEqual(8);
          const environment = {
            ...process.env,
            PATH: `${join(folder, "bin")}:${process.env["PATH"]}`,
            PREP_DNS_SERVER: world.dnsServer,
            PREP_ALLOW_PRIVATE_NETWORK: "1",
            PREP_TIMEOUT: "3",
          };
          for (const command of commands) {
            // Rejects with the command's output where its exit code is not 0.
            await promisify(execFile)("sh", ["-c", command], { cwd: folder, env: environment });
          }
          expect(await faultsOf(join(folder, "few"), 300)).toEqual([]);
          expect(await faultsOf(join(folder, "images"), 80)).toEqual([]);
          expect(await faultsOf(join(folder, "laion-data"), 60)).toEqual([]);
        } finally {
          await world.close();
        }
      }),
    120_000,
  );

  it(
    "shows a transcript from the fetch of the tables to a saved query that can be repeated, lines of the shell included",
    () =>
      withFolder(async (folder) => {
        const world = await prepareDemo({ directory: join(folder, "source"), rows: 2500 });
        const files = new Map<string, Buffer>();
        for (const name of await readdir(join(folder, "source"))) files.set(name, await readFile(join(folder, "source", name)));
        const hub = await startHubServer({ "laion/relaion2B-en-research-safe": { commit: "d".repeat(40), files, gate: ["hf_reader"] } });
        try {
          await mkdir(join(folder, "bin"));
          await symlink(join(ROOT, "bin", "prep.js"), join(folder, "bin", "prep"));
          const environment = {
            ...process.env,
            PATH: `${join(folder, "bin")}:${process.env["PATH"]}`,
            PREP_DNS_SERVER: world.dnsServer,
            PREP_ALLOW_PRIVATE_NETWORK: "1",
            PREP_TIMEOUT: "3",
            HF_ENDPOINT: hub.endpoint,
            HF_TOKEN: "hf_reader",
            PREP_DUCKDB: "",
          };
          const said: string[] = [];
          for (const { command, input } of transcript(readme)) {
            const running = promisify(execFile)("sh", ["-c", command], { cwd: folder, env: environment });
            // A command that ends without reading says more by its exit code than by a broken pipe.
            running.child.stdin?.on("error", () => undefined).end(input);
            // Rejects with the command's output where its exit code is not 0.
            said.push((await running).stdout);
          }
          expect(said).toHaveLength(5);
          expect(said[2]).toMatch(/^ *rows │ +width │ +unsafe$/m);
          expect(said[3]).toBe(await readFile(join(folder, "queries", "large.sql"), "utf8"));
          expect(said[3]).toMatch(/^-- Large pictures that are no banners\.\n[\s\S]*coalesce\(getvariable\('min_size'\), 700\)/);
          expect((await readdir(join(folder, "relaion"))).filter((name) => name.endsWith(".parquet"))).toHaveLength(2);
          expect(await readdir(join(folder, "large-pictures"))).toContain("00000.tar");
        } finally {
          await Promise.all([world.close(), hub.close()]);
        }
      }),
    120_000,
  );
});

/** The commands of transcripts (`$ command`), each with the lines that are typed into it (`prep> ` and `...> `). */
function transcript(markdown: string): { command: string; input: string }[] {
  const blocks = [...markdown.matchAll(/<!-- run -->\n```console\n([\s\S]*?)```/g)].map(([, block]) => block ?? "");
  const commands: { command: string; input: string }[] = [];
  for (const line of blocks.join("").split("\n")) {
    const [, prompt, text = ""] = /^(\$|prep>| {2}\.\.\.>) (.*)$/.exec(line) ?? [];
    const last = commands.at(-1);
    if (prompt === "$") commands.push({ command: text, input: "" });
    else if (prompt !== undefined && last) last.input += `${text}\n`;
  }
  return commands;
}
