// Name servers that know nothing, fail, are silent, or answer with many addresses.
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type DnsAnswer, startDnsServer } from "../../src/demo/dns-server.ts";
import { IS_LONG, openJob } from "../support/faults/job.ts";
import { runThrough } from "../support/faults/outage.ts";
import { startScriptedServer } from "../support/fetch/scripted-server.ts";
import { query } from "../support/output.ts";
import { withFolder, writeParquet } from "../support/parquet.ts";
import { ending, runPrep } from "../support/run-prep.ts";
import { paintPicture } from "../support/transform/painted-picture.ts";

const MANY = Array.from({ length: 25 }, (_, number) => `127.0.1.${number + 1}`);

/** Hosts, the answer of the name server, and the outcome of their rows. */
const HOSTS: Readonly<Record<string, readonly [DnsAnswer, string]>> = {
  "good.test": ["127.0.0.1", "success"],
  "none.test": [undefined, "dns_not_found"],
  "failing.test": ["servfail", "dns_failed"],
  "silent.test": ["silent", "dns_failed"],
  // Nobody listens at these addresses, and only the first two are tried.
  "many.test": [MANY, "connect_refused"],
  "second.test": [["127.0.1.1", "127.0.0.1"], "success"],
};

it("every row ends with the outcome of its host, and names that fail delay no others", () =>
  withFolder(async (folder) => {
    const server = await startScriptedServer({ "/a.jpg": { body: await paintPicture(50, 40) } });
    const dns = await startDnsServer({ answer: (name) => HOSTS[name]?.[0] });
    try {
      const hosts = Object.keys(HOSTS).map((host) => `'${host}'`);
      const url = `'http://' || h || ':${server.port}/a.jpg?' || i`;
      const list = await writeParquet(join(folder, "l.parquet"), `SELECT ${url} AS url FROM unnest([${hosts}]) t(h), range(5) r(i)`);
      const output = join(folder, "out");
      const limits = ["--timeout", "2", "--thread-count", "4", "--dns-server", dns.address, "--allow-private-network", "--quiet"];
      const result = await runPrep(["download", list, "--output", output, "--output-format", "webdataset", ...limits]);
      expect(result.code === 0 ? "" : ending(result)).toBe("");
      const rows = await query(
        `SELECT regexp_extract(url, 'http://([^:]+)', 1) AS host, outcome, count(*)::INT AS n
         FROM read_parquet('${output}/[0-9]*.parquet') WHERE outcome <> 'host_busy' GROUP BY ALL`,
      );
      const outcomes = Object.fromEntries(rows.map(({ host, outcome }) => [host, outcome]));
      expect(outcomes).toEqual(Object.fromEntries(Object.entries(HOSTS).map(([host, [, outcome]]) => [host, outcome])));
      expect(rows).toHaveLength(Object.keys(HOSTS).length);
    } finally {
      await dns.close();
      await server.close();
    }
  }));

describe.each(["silent", "servfail"] as const)("when every name server is %s for a while", (answer) => {
  it("the run pauses with a notice, and no row fails, although known hosts go on answering", async () => {
    let isUp = true;
    const job = await openJob({
      ...{ rows: 600, shardRows: 100, hosts: 300, delayMs: 20, hasNotices: true },
      options: ["--timeout", "2", "--thread-count", "16", "--processes-count", "2", "--robots", "ignore"],
      name: () => (isUp ? "127.0.0.1" : answer),
    });
    try {
      const { code, stderr } = await runThrough(job, "out", 100, {
        begin: () => {
          isUp = false;
        },
        end: () => {
          isUp = true;
        },
        paused: /notice: no name server answers any more \(\d+ in a row\): .* waits up to 600 s for it/,
        resumed: /notice: name servers answer again: the download goes on/,
        lastsMs: IS_LONG ? 60_000 : 3000,
      });
      expect(code === 0 ? "" : stderr).toBe("");
      expect(await job.faults("out")).toEqual([]);
    } finally {
      await job.close();
    }
  });
});
