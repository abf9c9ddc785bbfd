// `prep demo`: the whole job without internet.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Command } from "commander";
import { plural } from "../../core/units.ts";
import { runDemo } from "../../run/demo.ts";
import { downloadSettings, resources, selectionConfig, shapeConfig } from "../configs.ts";
import { addOptions, type OptionValues } from "../options/commander-options.ts";
import { openSession } from "../session.ts";
import type { VerbCall } from "../verb.ts";

const SHARD_SAMPLES = 250;

/** Long time-outs, because its server paints as fast as it can: the demo loses no picture on a slow machine. */
const LONG_TIMEOUTS = { timeout: 600, totalTimeout: 1200, threadCount: 32 };

/** Runs the demo, prints its funnel and what to do next; removes its files unless --keep is given. */
export async function demoCommand(call: VerbCall): Promise<void> {
  const { values } = call;
  const kept = values["keep"] as string | undefined;
  const directory = kept ? resolve(kept) : await mkdtemp(join(tmpdir(), "prep-demo-"));
  const session = await openSession(call);
  const run = { ...runDefaults(), numberSamplePerShard: SHARD_SAMPLES, ...LONG_TIMEOUTS };
  const base = {
    output: "",
    selection: selectionConfig("high-resolution", { ...run, metadata: [] }),
    shape: shapeConfig(run, "run"),
    settings: downloadSettings(run, session.effects.version),
    resources: resources(run),
  };
  try {
    session.say("On this machine: LAION-like metadata, an image server that sometimes misbehaves, a name server. No internet.\n");
    const { summary, samplesRead, firstSample, metadataDirectory, output } = await runDemo(
      directory,
      values["rows"] as number,
      base,
      session.effects,
    );
    if (samplesRead !== summary.packed) throw new Error(`the shards hold ${samplesRead} samples, but ${summary.packed} were packed`);
    session.finish(summary, kept !== undefined);
    session.say(`\nread back: ${plural(samplesRead, "sample")} from the tars, each with jpg, json and txt`);
    if (firstSample)
      session.say(`the first, ${firstSample.key}: ${plural(firstSample.imageBytes, "byte")} of jpg, ${firstSample.json.slice(0, 200)}...`);
    session.say(
      kept
        ? `\nThe metadata is in ${metadataDirectory}, the shards are in ${output}.`
        : "\nThe files are removed; --keep FOLDER keeps them.",
    );
    session.say(
      [
        "\nWith your own data:",
        "  prep high-resolution --metadata 'laion/*.parquet' --set min_size=512 --output out/",
        "  write your own query: queries/mine.sql, starting from a shipped one (prep mine --metadata ... --output ...)",
        "  explore first: prep filter mine --metadata ... --output out/ --show-columns",
      ].join("\n"),
    );
  } finally {
    session.end();
    if (!kept) await rm(directory, { recursive: true, force: true });
  }
}

/** The option values of a `prep run` without any option. */
function runDefaults(): OptionValues {
  const command = new Command();
  addOptions(command, "run");
  return command.opts();
}
