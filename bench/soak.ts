// `npm run bench:soak`: memory of one prep download with many small images, over time.
import { spawn } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { downloadMix, writeUrls } from "./download-mix.ts";
import { startImageServer } from "./image-server.ts";
import { choiceOption, countOption } from "./options.ts";
import { type Role, RssCurve, tenths } from "./rss-curve.ts";
import { SERVER_KINDS } from "./server-behaviour.ts";
import { figure, table } from "./statistics.ts";
import { successfulRows } from "./successes.ts";
import { BENCH_FOLDER, PROGRAM, surroundings, warnOfSurroundings } from "./surroundings.ts";

const { values } = parseArgs({
  options: {
    images: { type: "string", default: "300000" },
    server: { type: "string", default: "fast" },
    "image-size": { type: "string", default: "256" },
    "output-format": { type: "string", default: "webdataset" },
    "samples-per-shard": { type: "string", default: "10000" },
    corpus: { type: "string" },
    json: { type: "string", default: join(BENCH_FOLDER, "soak.json") },
  },
});
const images = countOption("images", values.images);
const kind = choiceOption("server", values.server, SERVER_KINDS);
const ROLES: readonly Role[] = ["main", "worker", "decoder"];

warnOfSurroundings();
const mix = await downloadMix("laion", 1500, values.corpus);
// Images of at most 60 kB, so that the run is about rows and connections and ends in minutes.
const small = mix.rows.filter(({ width, height }) => width * height < 200_000);
const rows = Array.from({ length: images }, (_, row) => small[row % small.length]).filter((picture) => picture !== undefined);
const server = await startImageServer({ server: kind, paths: rows.map(({ path }) => path) });
const output = join(BENCH_FOLDER, "runs", "soak");
try {
  const urls = await writeUrls({ ...mix, rows }, kind, server.port);
  await rm(output, { recursive: true, force: true });
  const columns = ["--url-col", "url", "--caption-col", "caption", "--image-size", values["image-size"], "--resize-mode", "keep_ratio"];
  const flags = [
    "--skip-reencode",
    "--resize-only-if-bigger",
    "--allow-private-network",
    "--quiet",
    ...(server.dns ? ["--dns-server", server.dns] : []),
  ];
  if (kind === "https") flags.push("--insecure-tls");
  const shards = ["--number-sample-per-shard", values["samples-per-shard"], "--output-format", values["output-format"]];
  const child = spawn(process.execPath, [PROGRAM, "download", urls, "--output", output, ...columns, ...shards, ...flags], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const curve = new RssCurve(child.pid ?? -1, 1000);
  const code = await new Promise((done) => child.once("exit", done));
  curve.stop();
  if (code !== 0) throw new Error(`prep ended with ${code}`);
  const stored = (await successfulRows(output)).size;
  const seconds = curve.points.at(-1)?.seconds ?? Number.NaN;
  console.log(`${images} URLs, ${kind} server, ${stored} stored, ${figure(seconds)} s; highest RSS in MB in each tenth of the time\n`);
  const lines = ROLES.map((role) => [role, ...tenths(curve.points, role).map((bytes) => figure(bytes / 1e6))]);
  console.log(table(["", ...Array.from({ length: 10 }, (_, tenth) => String(tenth + 1))], lines));
  await writeFile(values.json, `${JSON.stringify({ machine: surroundings(), images, kind, stored, points: curve.points })}\n`);
  console.log(`\ndetails: ${resolve(values.json)}`);
} finally {
  await server.close();
  await rm(output, { recursive: true, force: true });
}
