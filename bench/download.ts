// `npm run bench:download`: prep download against sharp alone and img2dataset, in turns.
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type DownloadJob, floor, img2dataset, ours } from "./download-contenders.ts";
import { GUIDE, PEER } from "./download-job.ts";
import { downloadMix, type MixName, writeUrls } from "./download-mix.ts";
import { describeDownloadRun, downloadDifferences, downloadTable } from "./download-report.ts";
import { startImageServer } from "./image-server.ts";
import { IMG2DATASET } from "./img2dataset.ts";
import { choiceOption, countOption } from "./options.ts";
import { ensurePeer } from "./python-venv.ts";
import { interleave } from "./rounds.ts";
import { SERVER_KINDS, type ServerKind } from "./server-behaviour.ts";
import { BENCH_FOLDER, surroundings, warnOfSurroundings } from "./surroundings.ts";

const { values } = parseArgs({
  options: {
    images: { type: "string", default: "4000" },
    rounds: { type: "string", default: "3" },
    mix: { type: "string", default: "corpus" },
    server: { type: "string", default: "fast" },
    "samples-per-shard": { type: "string", default: "1000" },
    "reencode-all": { type: "boolean", default: false },
    robots: { type: "string", default: "obey" },
    corpus: { type: "string" },
    peer: { type: "string" },
    json: { type: "string", default: join(BENCH_FOLDER, "download.json") },
  },
});
const images = countOption("images", values.images);
const rounds = countOption("rounds", values.rounds);
const mixName = choiceOption<MixName>("mix", values.mix, ["corpus", "laion"]);
const serverKind = choiceOption<ServerKind>("server", values.server, SERVER_KINDS);
const samplesPerShard = countOption("samples-per-shard", values["samples-per-shard"]);
const skipsReencoding = !values["reencode-all"];
const robots = choiceOption("robots", values.robots, ["obey", "ignore"]);
if (values.peer !== undefined) choiceOption("peer", values.peer, [IMG2DATASET.name]);

warnOfSurroundings();
const machine = surroundings();
// img2dataset cannot be told to use another name server.
const python = values.peer === undefined || serverKind === "dns" ? undefined : await ensurePeer(IMG2DATASET);
if (values.peer === undefined) console.log(`${IMG2DATASET.name} is not run; --peer ${IMG2DATASET.name} runs it too`);
const mix = await downloadMix(mixName, images, values.corpus);
const server = await startImageServer({ server: serverKind, paths: mix.rows.map(({ path }) => path) });
try {
  const urls = await writeUrls(mix, serverKind, server.port);
  const job: DownloadJob = {
    mix,
    server: serverKind,
    urls,
    samplesPerShard,
    skipsReencoding,
    robots,
    ...(server.dns ? { dns: server.dns } : {}),
  };
  console.log(`${images} images from ${mix.source}, mix ${mixName}, server ${serverKind}`);
  const sides = [floor(job), ours(job), ...(python === undefined ? [] : [img2dataset(job, python)])];
  const runs = await interleave(sides, rounds, describeDownloadRun);
  const differing = downloadDifferences(runs, mix);
  console.log(
    `\n${images} images (${mixName} mix of ${mix.source}), ${serverKind} server, ${GUIDE.imageSize} ${GUIDE.resizeMode}, only if bigger, ${skipsReencoding ? "skip re-encode" : "all encoded anew"}, ` +
      `robots.txt ${robots === "obey" ? "obeyed by prep" : "ignored"}, ${samplesPerShard} a shard, medians of ${rounds} rounds` +
      `\n${machine.cpu}, ${machine.cores} cores (the server's share included), Node ${machine.node}, prep ${machine.prep} (${machine.commit})` +
      (python === undefined ? "" : `, img2dataset ${IMG2DATASET.version} with ${PEER.processes} x ${PEER.threads}`),
  );
  console.log(`\n${downloadTable(runs, images)}\n`);
  console.log(differing.length === 0 ? "all sides stored the same number of images" : `differences:\n${differing.join("\n")}`);
  const plain = Object.fromEntries([...runs].map(([name, mine]) => [name, mine.map(({ rows: _, ...run }) => run)]));
  const options = {
    images,
    rounds,
    mix: mixName,
    server: serverKind,
    samplesPerShard,
    skipsReencoding,
    robots,
    source: mix.source,
    guide: GUIDE,
    peer: PEER,
  };
  await writeFile(values.json, `${JSON.stringify({ machine, options, runs: plain, differences: differing }, null, 2)}\n`);
  console.log(`details: ${resolve(values.json)}`);
} finally {
  await server.close();
}
