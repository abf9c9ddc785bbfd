// measure() counts grandchildren, and a failing command is no measurement.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { measure } from "../../bench/measure.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "prep-measure-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const node = (script: string) => measure({ file: process.execPath, args: ["-e", script], watched: folder });

describe.skipIf(process.platform !== "linux")("a measurement", () => {
  it("counts CPU and memory of processes that the command starts", async () => {
    const busy = `const kept = Buffer.alloc(3e8, 1);
      const used = () => { const { user, system } = process.cpuUsage(); return user + system; };
      while (used() < 1e6);
      setTimeout(() => kept.length, 300);`;
    const run = await node(`require("node:child_process").spawnSync(process.execPath, ["-e", ${JSON.stringify(busy)}])`);
    expect(run.cpuSeconds).toBeGreaterThan(1);
    expect(run.cpuSeconds).toBeLessThan(2);
    expect(run.rssBytes).toBeGreaterThan(3e8);
    expect(run.rssBytes).toBeLessThan(4.5e8);
    expect(run.wallSeconds).toBeGreaterThan(1.3);
  });

  it("sees temporary files that are gone at the end", async () => {
    const path = JSON.stringify(join(folder, "spill"));
    const run = await node(
      `const fs = require("node:fs"); fs.writeFileSync(${path}, Buffer.alloc(2e7, 1)); setTimeout(() => fs.rmSync(${path}), 1500)`,
    );
    expect(run.diskBytes).toBeGreaterThanOrEqual(2e7);
  });

  it("fails with the command's last words", async () => {
    await expect(node(`console.error("no such thing"); process.exit(3)`)).rejects.toThrow(/ended with 3:\nno such thing/);
  });
});
