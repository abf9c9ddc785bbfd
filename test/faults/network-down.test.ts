// A network that is gone for a while during a run: five minutes in the long form.
import { describe, expect, it } from "vitest";
import { IS_LONG, openJob } from "../support/faults/job.ts";
import { runThrough } from "../support/faults/outage.ts";
import type { Cut } from "../support/faults/relay.ts";
import { runPrep } from "../support/run-prep.ts";

const ROWS = 600;

describe.each<{ cut: Cut; hosts: number; what: string }>([
  { cut: "refused", hosts: 300, what: "300 hosts" },
  { cut: "silent", hosts: 300, what: "300 hosts" },
  { cut: "refused", hosts: 0, what: "one host alone" },
])("a connection to $what that is $cut", ({ cut, hosts }) => {
  it("makes the run pause with a notice and go on; at most 1 % of the rows fail", async () => {
    const job = await openJob({
      ...{ rows: ROWS, shardRows: 100, hosts, delayMs: 20, hasNotices: true },
      options: ["--timeout", "1", "--thread-count", "16", "--processes-count", "2"],
    });
    try {
      const { code, stderr, requestsMeanwhile } = await runThrough(job, "out", 100, {
        begin: () => job.site.relay.cut(cut),
        end: () => job.site.relay.mend(),
        paused: /notice: no host answers any more \(\d+ in a row\): the network .* waits up to 600 s for it/,
        resumed: /notice: hosts answer again: the download goes on/,
        lastsMs: IS_LONG ? 300_000 : 3000,
      });
      expect(code === 0 ? "" : stderr).toBe("");
      expect(requestsMeanwhile).toBe(0);
      const faults = await job.faults("out");
      const broken = faults.filter((fault) => / ended as \w+$/.test(fault));
      expect(faults.filter((fault) => !broken.includes(fault))).toEqual([]);
      expect(broken.length).toBeLessThanOrEqual(ROWS / 100);
      console.log(`${broken.length} of ${ROWS} rows failed of the outage`);
    } finally {
      await job.close();
    }
  });
});

it("a start without a network ends with 7 after --max-outage, and the same command succeeds when it is back", async () => {
  const job = await openJob({ rows: 200, shardRows: 100, hosts: 100, options: ["--timeout", "1", "--max-outage", "2"] });
  try {
    await job.site.relay.cut("refused");
    expect(await runPrep(job.args("out"))).toMatchObject({
      code: 7,
      stderr: expect.stringMatching(/^error: no host has answered for \d+ s: .*\nhint: Start prep continue /m),
    });
    expect(await job.faults("out", false)).toEqual([]);
    await job.site.relay.mend();
    expect((await runPrep(job.args("out"))).code).toBe(0);
    expect(await job.faults("out")).toEqual([]);
  } finally {
    await job.close();
  }
});
