// The floor of bench:download as a program: sharp decodes, resizes and encodes bodies from memory.
import { readFileSync } from "node:fs";
import sharp from "sharp";
import { planFit } from "../src/transform/fit.ts";
import { probe } from "../src/transform/formats/probe.ts";
import { GUIDE_FIT } from "./download-job.ts";

/** The job, in a JSON file that the only argument names. */
export interface FloorDownloadJob {
  /** Files of the rows that the server delivers. */
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
    // Formats whose header has no size are rare, so the decoder is asked.
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
      // A broken image costs its time and is not counted.
    }
  }
}

// Loading TypeScript and the images is not part of the work, so the clocks start here.
const start = performance.now();
const before = process.cpuUsage();
await Promise.all(Array.from({ length: AT_ONCE }, work));
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ stored, reencoded, seconds: (performance.now() - start) / 1000, cpuSeconds: (user + system) / 1e6 }));
