// Commands that the README and the pages show run in the order in which they stand there.
import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { prepareDemo } from "../../src/demo/prepare-demo.ts";
import { ROOT, readPage } from "../support/docs/pages.ts";
import { startHubServer } from "../support/hub/hub-server.ts";
import { faultsOf, query } from "../support/output.ts";
import { withFolder, writeParquet } from "../support/parquet.ts";

/** Pages with commands, in reading order: later ones work on what earlier ones made. */
const PAGES = ["README.md", "docs/explore.md", "docs/download.md", "docs/output.md", "docs/img2dataset.md"];

describe("the shown commands", () => {
  it(
    "run one after the other in a folder with metadata in laion/",
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
          const environment = await environmentIn(folder, world.dnsServer);
          const commands = PAGES.flatMap((path) => shownCommands(readPage(path)));
          expect(commands.length).toBeGreaterThanOrEqual(18);
          for (const command of commands) {
            // Rejects with the command's output if its exit code is not 0.
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
    "include a transcript from fetching tables to running a saved query, and it can be repeated line by line",
    () =>
      withFolder(async (folder) => {
        const world = await prepareDemo({ directory: join(folder, "source"), rows: 2500 });
        const files = new Map<string, Buffer>();
        for (const name of await readdir(join(folder, "source"))) files.set(name, await readFile(join(folder, "source", name)));
        const hub = await startHubServer({ "laion/relaion2B-en-research-safe": { commit: "d".repeat(40), files, gate: ["hf_reader"] } });
        try {
          const environment = {
            ...(await environmentIn(folder, world.dnsServer)),
            HF_ENDPOINT: hub.endpoint,
            HF_TOKEN: "hf_reader",
          };
          const said: string[] = [];
          for (const { command, input } of transcript(readPage("README.md"))) {
            const running = promisify(execFile)("sh", ["-c", command], { cwd: folder, env: environment });
            // A command that ends without reading its input is judged by its exit code, not by the broken pipe.
            running.child.stdin?.on("error", () => undefined).end(input);
            // Rejects with the command's output if its exit code is not 0.
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

/** An environment in which `prep` is on the PATH and names and addresses of the demo's servers are allowed. */
async function environmentIn(folder: string, dnsServer: string): Promise<Record<string, string | undefined>> {
  await mkdir(join(folder, "bin"));
  await symlink(join(ROOT, "bin", "prep.js"), join(folder, "bin", "prep"));
  return {
    ...process.env,
    PATH: `${join(folder, "bin")}:${process.env["PATH"]}`,
    PREP_DNS_SERVER: dnsServer,
    PREP_ALLOW_PRIVATE_NETWORK: "1",
    PREP_TIMEOUT: "3",
    PREP_DUCKDB: "",
  };
}

/** Lines of the shell blocks that are marked to be run. */
function shownCommands(markdown: string): string[] {
  return [...markdown.matchAll(/<!-- run -->\n```sh\n([\s\S]*?)```/g)].flatMap(([, block = ""]) => block.trim().split("\n"));
}

/** Commands of transcripts (`$ command`), each with the lines that are typed into it (`prep> ` and `...> `). */
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
