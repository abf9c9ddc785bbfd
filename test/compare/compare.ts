// Compares prep with img2dataset on the same pictures: `npm run test:compare [-- --runs 3,7]`.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { IMG2DATASET } from "../../bench/img2dataset.ts";
import { countOption } from "../../bench/options.ts";
import { ensurePeer } from "../../bench/python-venv.ts";
import { BENCH_FOLDER, warnOfSurroundings } from "../../bench/surroundings.ts";
import { ExifComparison } from "../support/compare/exif-content.ts";
import { RUNS, runName } from "../support/compare/job.ts";
import { readOutput } from "../support/compare/outputs.ts";
import { median } from "../support/compare/pixels.ts";
import { compareTable, describe, exceptionList, judge, type Verdict } from "../support/compare/report.ts";
import { compareOutputs } from "../support/compare/samples.ts";
import { sources, writeList } from "../support/compare/sources.ts";
import { runOurs, runPeer } from "../support/compare/tools.ts";
import { startScriptedServer } from "../support/fetch/scripted-server.ts";

/** Least PSNR of a picture and of the median picture of a run. Filters and encoders of libvips and OpenCV differ. */
const PSNR_FLOOR = 26;
const MEDIAN_FLOOR = 36;
const SHOWN_DIFFERENCES = 30;

// Numbers of --runs count the plan from 1.
const { values } = parseArgs({ options: { runs: { type: "string" } } });
const chosen = values.runs?.split(",").map((text) => countOption("runs", text));
const runs = RUNS.filter((_, index) => chosen?.includes(index + 1) ?? true);
if (runs.length === 0) throw new Error(`--runs ${values.runs} names none of the ${RUNS.length} runs`);

warnOfSurroundings();
const python = await ensurePeer(IMG2DATASET);
if (python === undefined) {
  console.log(`NOT RUN: the comparison with ${IMG2DATASET.name}; nothing was compared`);
  console.log(`0 passed, 0 failed, ${runs.length} skipped`);
} else {
  process.exitCode = (await compareAll(python)) ? 0 : 1;
}

async function compareAll(peerPython: string): Promise<boolean> {
  const rows = await sources();
  const server = await startScriptedServer(Object.fromEntries(rows.map(({ name, answer }) => [`/${name}`, answer])));
  const folder = await mkdtemp(join(tmpdir(), "prep-compare-"));
  const verdicts: Verdict[] = [];
  const exif = new ExifComparison();
  try {
    const list = join(folder, "list.parquet");
    await writeList(list, rows, server.url(""));
    for (const [index, run] of runs.entries()) {
      const start = performance.now();
      const [ours, peers] = [join(folder, "ours"), join(folder, "peers")];
      await runPeer(peerPython, run, list, peers);
      await runOurs(run, list, ours);
      const comparison = await compareOutputs(rows, await readOutput(ours), await readOutput(peers), exif, PSNR_FLOOR);
      const verdict = judge(run, comparison);
      verdicts.push(verdict);
      await Promise.all([ours, peers].map((path) => rm(path, { recursive: true })));
      const seconds = ((performance.now() - start) / 1000).toFixed(0);
      console.log(`${index + 1}/${runs.length} ${runName(run)}: ${verdict.unexcused.length} unintended differences, ${seconds} s`);
      for (const difference of verdict.unexcused.slice(0, SHOWN_DIFFERENCES)) console.log(`  ${describe(difference)}`);
      if (!isClose(verdict)) console.log(`  the median PSNR is only ${median(verdict.psnr).toFixed(1)} dB`);
    }
  } finally {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
  const failed = verdicts.filter((verdict) => verdict.unexcused.length > 0 || !isClose(verdict));
  const report = `${compareTable(verdicts)}\n\n${exceptionList(verdicts)}`;
  await mkdir(BENCH_FOLDER, { recursive: true });
  await writeFile(join(BENCH_FOLDER, "compare.md"), `${report}\n`);
  console.log(
    `\n${rows.length} rows, floors ${PSNR_FLOOR} dB and ${MEDIAN_FLOOR} dB (median), img2dataset ${IMG2DATASET.version}\n\n${report}\n`,
  );
  for (const { run, unexcused } of failed)
    console.log(`FAILED ${runName(run)}: ${unexcused.map(describe).slice(0, SHOWN_DIFFERENCES).join("; ")}`);
  console.log(`${verdicts.length - failed.length} passed, ${failed.length} failed`);
  return failed.length === 0;
}

function isClose({ psnr }: Verdict): boolean {
  return median(psnr) >= MEDIAN_FLOOR;
}
