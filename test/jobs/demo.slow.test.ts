// The demo on a busy machine: every row has the outcome of its host and path.
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type Behaviour, behaviourOf } from "../../src/demo/behaviours.ts";
import { hostAnswer } from "../../src/demo/host-answer.ts";
import { pictureOf } from "../../src/demo/served-picture.ts";
import { sidecarRows } from "../support/output.ts";
import { withFolder } from "../support/parquet.ts";
import { runPrep } from "../support/run-prep.ts";

const SEED = "demo";

/** The outcome of each behaviour of the server, on a machine of any speed. */
const OUTCOMES: Readonly<Record<Behaviour, string>> = {
  fine: "success",
  notFound: "http_404",
  forbidden: "http_403",
  gone: "http_410",
  serverError: "http_5xx",
  busyFirst: "success",
  slow: "success",
  cut: "connection_reset",
  hang: "connection_reset",
  html: "not_an_image",
  noAi: "opted_out",
  tdmReserved: "opted_out",
  redirect: "success",
  redirectLoop: "bad_redirect",
  reset: "connection_reset",
};

/** The outcome of a URL of the demo's own hosts; undefined for URLs that are odd in themselves. */
function expectedOutcome(text: string): string | undefined {
  const url = new URL(text);
  if (!/^https?:$/.test(url.protocol) || url.username !== "" || !/\.(example|test)$/.test(url.hostname)) return undefined;
  const address = hostAnswer(url.hostname, SEED);
  if (address === undefined) return "dns_not_found";
  if (address === "servfail") return "dns_failed";
  const path = url.pathname + url.search;
  return pictureOf(path, 0) === undefined ? "http_404" : OUTCOMES[behaviourOf(path, SEED)];
}

it("every row of the demo has the outcome of its kind while all cores are busy", () =>
  withFolder(async (folder) => {
    const burners = Array.from({ length: 2 * availableParallelism() }, () =>
      spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" }),
    );
    try {
      const { code, stderr } = await runPrep(["demo", "--rows", "12000", "--keep", folder]);
      expect([code, stderr.match(/read back/)?.[0]]).toEqual([0, "read back"]);
    } finally {
      for (const burner of burners) burner.kill("SIGKILL");
    }
    const rows = await sidecarRows(join(folder, "output"));
    const known = rows.flatMap(({ url, outcome }) => {
      const wanted = typeof url === "string" && URL.canParse(url) ? expectedOutcome(url) : undefined;
      return wanted === undefined ? [] : [{ url, outcome, wanted }];
    });
    expect(known.filter(({ outcome, wanted }) => outcome !== wanted)).toEqual([]);
    expect(known.length).toBeGreaterThan(0.9 * rows.length);
    expect(rows.length).toBeGreaterThan(150);
  }));
