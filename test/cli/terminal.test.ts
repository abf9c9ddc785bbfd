// The output of a run: bars on a terminal, lines without one, NDJSON, and data on stdout.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { shellWord } from "../../src/core/shell-word.ts";
import { makeFolder } from "../support/cli/refusals.ts";
import { hasTerminal, TestTerminal } from "../support/cli/terminal.ts";
import { type ScriptedServer, startScriptedServer } from "../support/fetch/scripted-server.ts";
import { writeParquet } from "../support/parquet.ts";
import { runPrepHere } from "../support/prep-here.ts";
import { runPrep } from "../support/run-prep.ts";
import { paintPicture } from "../support/transform/painted-picture.ts";

let folder: { path: string; remove: () => Promise<void> };
let server: ScriptedServer;

beforeAll(async () => {
  folder = await makeFolder();
  server = await startScriptedServer({ "/a.jpg": { body: await paintPicture(90, 60), delayMs: 150 } });
  await writeParquet(
    join(folder.path, "meta.parquet"),
    `SELECT '${server.url("/")}' || CASE WHEN i % 4 = 0 THEN 'gone' ELSE 'a.jpg' END || '?' || i AS url, 'c' AS caption FROM range(40) r(i)`,
  );
});

afterAll(async () => {
  await server.close();
  await folder.remove();
});

const job = (output: string, ...more: string[]) => {
  const args = ["all", "--metadata", join(folder.path, "meta.parquet"), "--output", join(folder.path, output), "--allow-private-network"];
  return [...args, "--number-sample-per-shard", "20", ...more];
};

/** A command line for `prep`. */
const words = (args: readonly string[]) => [process.execPath, join(process.cwd(), "bin/prep.js"), ...args].map(shellWord).join(" ");

/** The exit code of the first command of a pipe. */
async function shellCode(line: string): Promise<number> {
  const { stdout } = await promisify(execFile)("bash", ["-c", `{ ${line}; } >&2; echo "\${PIPESTATUS[0]}"`]);
  return Number(stdout);
}

const WARNING =
  "--allow-private-network: every URL may lead to this machine and into its network, at any port; use it on metadata of your own alone";

const NAMES = ["selection_started", "selection_finished", "shards_planned", "download_started", "shard_finished", "finished"];
const OTHER_NAMES = ["notice", "resolved", "selection_progress", "download_progress", "worker_died"];

describe("the output of a run", () => {
  it("is one JSON event a line on stdout with --json, and nothing else", async () => {
    const result = await runPrep(job("json", "--json"));
    expect(result).toMatchObject({ code: 0, stderr: "" });
    const events = result.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { event: string; time: string; summary?: object });
    expect([...new Set(events.map(({ event }) => event))].filter((name) => !OTHER_NAMES.includes(name))).toEqual(NAMES);
    expect(events.find(({ event }) => event === "shards_planned")).toMatchObject({
      rows: 40,
      files: 2,
      shards: 2,
      smallestShard: 20,
      largestShard: 20,
    });
    for (const { time } of events) expect(time).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(events.at(-1)).toMatchObject({
      event: "finished",
      summary: { rowsRead: 40, rowsKept: 40, packed: 30, outcomes: { http_404: 10 } },
    });
  });

  it("is lines on stderr without a terminal, and only the result's path on stdout", async () => {
    const result = await runPrep(job("lines", "--show-columns"));
    expect(result).toMatchObject({ code: 0, stdout: `${join(folder.path, "lines")}\n` });
    for (const line of [
      /^reading 40 rows in 1 file/m,
      /^kept 40 of 40 rows in 2 partitions$/m,
      /^plan: 40 rows in 2 partitions, 2 shards of 20 rows$/m,
      /^downloading 40 samples into 2 shards$/m,
      /^ {2}url +<- url/m,
      /^ {2}packed +30 {2}100\.0 %$/m,
      /^ {2}http_404 +10 /m,
      /^next:$/m,
      // A notice is one line in a log, however long.
      new RegExp(`^notice: .*${WARNING}$`, "m"),
    ]) {
      expect(result.stderr).toMatch(line);
    }
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a log must not have escape sequences
    expect(result.stderr).not.toMatch(/[\u001b\r]/);
  });

  it("is only the result and the funnel with --quiet", async () => {
    const result = await runPrepHere(job("quiet", "-q"));
    expect(result).toMatchObject({ code: 0, stdout: `${join(folder.path, "quiet")}\n` });
    expect(result.stderr).not.toMatch(/reading|kept 40|downloading|next:/);
  });

  it("ends the job like a signal if its reader is gone, on either stream, and the same command completes it", async () => {
    for (const [output, pipe, more] of [
      ["no-out", "| head -n 1", ["--json"]],
      ["no-err", "2>&1 >/dev/null | head -n 1", []],
    ] as const) {
      expect(await shellCode(`${words(job(output, ...more))} ${pipe}`)).toBe(141);
      expect((await runPrepHere(job(output))).code).toBe(0);
    }
    expect(await shellCode(`${words(["queries", "--json"])} | head -n 1`)).toBe(0);
  }, 60_000);

  it.skipIf(!existsSync("/dev/full"))(
    "that a full disk takes no more of is no success; a log there ends nothing",
    async () => {
      expect(await shellCode(`${words(["queries"])} > /dev/full | cat`)).toBe(5);
      expect(await shellCode(`${words(job("full-json", "--json"))} > /dev/full | cat`)).toBe(5);
      expect(await shellCode(`${words(job("full-log"))} 2> /dev/full | cat`)).toBe(0);
    },
    60_000,
  );

  it.skipIf(!hasTerminal())("is bars on a terminal, and the summary at the end, in 80 columns and in 120", async () => {
    for (const columns of [80, 120]) {
      const command = [process.execPath, join(process.cwd(), "bin/prep.js"), ...job(`bars-${columns}`)];
      const terminal = new TestTerminal(command, {}, folder.path, columns);
      expect(await terminal.exitCode).toBe(0);
      const rows = await terminal.rows();
      const only = (pattern: RegExp) => rows.filter((row) => pattern.test(row)).length;
      expect([/^select =+ 100 %$/, /^download =+ 100 %$/, /^ {2}40 of 40 rows, .* 75\.0 % ok/, /^ {2}http_404 25\.0 %$/].map(only)).toEqual(
        [1, 1, 1, 1],
      );
      expect(rows.join("\n")).toMatch(/packed +30 {2}100\.0 %[\s\S]*next:[\s\S]*bars-\d+$/);
      // The warning is complete above the bars and in the summary, and broken between words.
      const words = rows.join(" ").replace(/\s+/g, " ");
      expect(words.split(WARNING)).toHaveLength(3);
      for (const row of rows) expect(WARNING.startsWith(row.trim()) || row.length <= columns).toBe(true);
    }
  });

  it("has colours in a pipe only if FORCE_COLOR asks for them and NO_COLOR does not forbid them", async () => {
    const coloured = await runPrep(["status", join(folder.path, "nowhere")], { env: { FORCE_COLOR: "1" } });
    expect(coloured.stderr.startsWith("\u001b[31merror:\u001b[39m ")).toBe(true);
    const bare = await runPrep(["status", join(folder.path, "nowhere")], { env: { FORCE_COLOR: "1", NO_COLOR: "1" } });
    expect(bare.stderr).toMatch(/^error: /);
  });
});
