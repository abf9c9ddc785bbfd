// `prep demo`: the whole job on generated metadata with a local image server.
import { join } from "node:path";
import { OutputError } from "../core/errors.ts";
import { DEMO_MIN_SIZE, prepareDemo } from "../demo/prepare-demo.ts";
import type { RunEffects } from "../job/config.ts";
import type { RunSummary } from "../job/events.ts";
import { readShards } from "../shard/read-shards.ts";
import { storeAt } from "../store/store-at.ts";
import { conductNotices } from "../worker/conduct-notices.ts";
import { type RunConfig, run } from "./run.ts";

/** The result of a demo. */
export interface DemoResult {
  readonly summary: RunSummary;
  /** Samples that the loader read from the shards, each with image, JSON and caption. */
  readonly samplesRead: number;
  readonly firstSample: { readonly key: string; readonly json: string; readonly imageBytes: number } | undefined;
  readonly metadataDirectory: string;
  readonly output: string;
}

/** Throws OutputError if a folder that the demo wants to make exists. */
async function refuseUsed(folder: string): Promise<void> {
  if (!(await storeAt(folder).exists())) return;
  throw new OutputError(`${folder} exists, and the demo makes a folder of that name`, "Name another folder with --keep, or remove it.");
}

/** Makes `rows` rows of metadata in `directory`, serves their pictures on loopback, runs a shipped query end to end, reads the shards back. */
export async function runDemo(directory: string, rows: number, base: RunConfig, effects: RunEffects): Promise<DemoResult> {
  for (const name of ["metadata", "output"]) await refuseUsed(join(directory, name));
  const world = await prepareDemo({ directory: join(directory, "metadata"), rows });
  try {
    const output = join(directory, "output");
    const config: RunConfig = {
      ...base,
      output,
      selection: {
        ...base.selection,
        query: "high-resolution",
        metadata: [world.metadataDirectory],
        variables: [`min_size=${DEMO_MIN_SIZE}`],
        isVerified: true,
      },
      settings: { ...base.settings, dnsServers: [world.dnsServer], allowPrivateNetwork: true },
    };
    // The demo only connects to itself, so warnings about its own settings would mislead.
    const needless = new Set(conductNotices(config.settings, 0, {}));
    const emit: RunEffects["emit"] = (event) => {
      if (event.event !== "notice" || !needless.has(event.text)) effects.emit(event);
    };
    const summary = { ...(await run(config, { ...effects, emit })), relaxations: [] };
    let samplesRead = 0;
    let firstSample: DemoResult["firstSample"];
    for await (const { key, members } of readShards(output)) {
      const image = members.get("jpg");
      const json = members.get("json");
      if (!image || !json || !members.has("txt")) throw new Error(`sample ${key} lacks a member`);
      samplesRead += 1;
      firstSample ??= { key, json: json.toString(), imageBytes: image.length };
    }
    return { summary, samplesRead, firstSample, metadataDirectory: world.metadataDirectory, output };
  } finally {
    await world.close();
  }
}
