// `prep status` beside the progress bar of a running download: both say the same.
import { readdir } from "node:fs/promises";
import type { Socket } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readStatus } from "../../../src/output/status/status.ts";
import { hasTerminal, TestTerminal } from "../../support/cli/terminal.ts";
import { startScriptedServer } from "../../support/fetch/scripted-server.ts";
import { withFolder, writeParquet } from "../../support/parquet.ts";
import { runPrep } from "../../support/run-prep.ts";
import { paintPicture } from "../../support/transform/painted-picture.ts";

const PROGRAM = join(import.meta.dirname, "..", "..", "..", "bin", "prep.js");
const PATIENCE = { timeout: 20_000, interval: 20 };

/** Seconds of `850 ms`, `12.3 s` or `4 min 05 s`. */
function secondsOf(text: string): number {
  const [, ms] = /^([\d.]+) ms$/.exec(text) ?? [];
  if (ms !== undefined) return Number(ms) / 1000;
  const [, minutes = "0", seconds] = /^(?:(\d+) min )?([\d.]+) s$/.exec(text) ?? [];
  return 60 * Number(minutes) + Number(seconds);
}

/** Rate and time left of the rows of a bar, or of a status. */
function figuresOf(text: string): { readonly rate: number; readonly left: number } {
  return { rate: Number(/([\d.]+) rows\/s/.exec(text)?.[1]), left: secondsOf(/([\d.]+ (?:min \d+ s|s|ms)) left/.exec(text)?.[1] ?? "") };
}

describe.skipIf(!hasTerminal())("a run that is paused", () => {
  it("has the same rows, shares, reasons, rate and time left in its bar and in prep status, and survives a resize", () =>
    withFolder(async (folder) => {
      const held: Socket[] = [];
      const server = await startScriptedServer({
        "/a.jpg": { body: await paintPicture(90, 60) },
        "/held.jpg": { raw: (socket) => void held.push(socket) },
      });
      const output = join(folder, "out");
      await writeParquet(
        join(folder, "meta.parquet"),
        `SELECT '${server.url("/")}' || CASE i % 5 WHEN 0 THEN 'gone' WHEN 1 THEN 'held.jpg' ELSE 'a.jpg' END || '?' || i AS url FROM range(40) r(i)`,
      );
      const job = ["all", "--metadata", join(folder, "meta.parquet"), "--output", output, "--allow-private-network", "--robots", "ignore"];
      const limits = ["--processes-count", "1", "--connections-per-host", "40", "--timeout", "500", "--total-timeout", "500"];
      const command = [process.execPath, PROGRAM, ...job, "--number-sample-per-shard", "20", "--retries", "0", ...limits];
      const terminal = new TestTerminal(command, {}, folder, 80);
      try {
        const bar = async () => (await terminal.rows()).join("\n");
        await terminal.shows(/ 32 of 40 rows, /);
        await expect.poll(async () => (await readStatus(output, Date.now())).rowsDone, PATIENCE).toBe(32);

        const before = figuresOf(await bar());
        const status = await runPrep(["status", output]);
        const figures = figuresOf(status.stdout);
        // Both grow with the silence: the bar was there before, and comes there afterwards.
        expect(before.left).toBeLessThanOrEqual(figures.left);
        expect(before.rate).toBeGreaterThanOrEqual(figures.rate);
        await expect.poll(async () => figuresOf(await bar()).left, PATIENCE).toBeGreaterThanOrEqual(figures.left);
        // Rounded figures may reach theirs one after the other.
        await expect.poll(async () => figuresOf(await bar()).rate, PATIENCE).toBeLessThanOrEqual(figures.rate);

        expect(await bar()).toMatch(/32 of 40 rows, .* 75\.0 % ok.*\n {2}http_404 25\.0 %$/);
        expect(await readStatus(output, Date.now())).toMatchObject({
          ...{ shards: 2, shardsDone: 0, shardsRunning: 2, rows: 40, rowsDone: 32, rowsRunning: 40, rowsDoneRunning: 32 },
          ...{ packed: 24, failedToDownload: 8, failedToResize: 0, reasons: [["http_404", 8]] },
        });
        for (const line of [
          /^ {4}at work +2 {2}100\.0 % {2}32 of their 40 rows$/m,
          /^ {4}to do +0 /m,
          /^ {4}done +32 {2}80\.0 %$/m,
          /^ {6}packed +24 {2}75\.0 %$/m,
          /^ {4}to do +8 {2}20\.0 %$/m,
        ])
          expect(status.stdout).toMatch(line);

        await terminal.resize(50);
        await terminal.shows(/^download =*-* {2}80 % .* left$/);
        const rows = await terminal.rows();
        expect(rows.filter((row) => row.startsWith("download"))).toHaveLength(2);
        expect(rows.filter((row) => /^download [=-]/.test(row))).toHaveLength(1);
      } finally {
        for (const socket of held) socket.end("HTTP/1.1 410 Gone\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
      }
      expect(await terminal.exitCode).toBe(0);
      expect(await readdir(join(output, "_prep", "tmp"))).toEqual([]);
      const after = await readStatus(output, Date.now());
      expect(after).toMatchObject({ rowsDone: 40, rowsRunning: 0, shardsRunning: 0 });
      expect(after).not.toHaveProperty("secondsLeft");
      await server.close();
    }));
});
