// bench:download, the floor as a program: sharp's decode, resize and encode of the same bytes from memory, and nothing else.
import { readFileSync } from "node:fs";
import sharp from "sharp";
import { planFit } from "../src/transform/fit.ts";
import { probe } from "../src/transform/formats/probe.ts";
import { GUIDE_FIT } from "./download-job.ts";

/** What the bench hands over, in a JSON file named by the only argument. */
export interface FloorDownloadJob {
  /** File of every row that a server delivers. */
  readonly paths: readonly string[];
  readonly skipsReencoding: boolean;
}

const AT_ONCE = 3;
const { paths, skipsReencoding } = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as FloorDownloadJob;
const bodies = new Map(paths.map((path) => [path, readFileSync(path)]));
sharp.concurrency(1);
sharp.cache(false);

let next = 0;
let stored = 0;
let reencoded = 0;

async function work(): Promise<void> {
  for (let index = next++; index < paths.length; index = next++) {
    const body = bodies.get(paths[index] ?? "");
    const probed = body ? probe(body) : undefined;
    if (!body || probed?.kind !== "image") continue;
    const { format } = probed.header;
    // Formats that do not say their size in the header are rare enough to be asked of the decoder.
    const { width = 0, height = 0 } = probed.header.size ?? (await sharp(body).metadata());
    const plan = planFit(width, height, GUIDE_FIT);
    if (skipsReencoding && !plan.isResized && format === "jpeg") {
      stored += 1;
      continue;
    }
    const opened = sharp(body, { failOn: "truncated", pages: 1, sequentialRead: true }).flatten({ background: "#ffffff" });
    const sized = plan.isResized ? opened.resize(plan.scaledWidth, plan.scaledHeight, { fit: "fill", kernel: "cubic" }) : opened;
    try {
      await sized.jpeg({ quality: 95, chromaSubsampling: "4:2:0", optimiseCoding: false }).toBuffer();
      stored += 1;
      reencoded += 1;
    } catch {
      // A broken picture costs what it costs and is none.
    }
  }
}

// Loading TypeScript and the pictures is no cost of the work, so the clocks start behind them.
const start = performance.now();
const before = process.cpuUsage();
await Promise.all(Array.from({ length: AT_ONCE }, work));
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ stored, reencoded, seconds: (performance.now() - start) / 1000, cpuSeconds: (user + system) / 1e6 }));
