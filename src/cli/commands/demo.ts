// The process edge: `prep demo`, the whole job without internet.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Command } from "commander";
import { plural } from "../../core/units.ts";
import { runDemo } from "../../run/demo.ts";
import { downloadSettings, resources, selectionConfig, shapeConfig } from "../configs.ts";
import { addOptions, type OptionValues } from "../options/commander-options.ts";
import { openSession } from "../session.ts";

const SHARD_SAMPLES = 250;

/** The demo ends the same on every machine: its server paints as fast as it can, and no picture is lost to a time-out. */
const PATIENT = { timeout: 600, totalTimeout: 1200, threadCount: 32 };

/** Runs the demo, prints its funnel and what to do next; removes its files unless they are to be kept. */
export async function demoCommand(values: OptionValues): Promise<void> {
  const kept = values["keep"] as string | undefined;
  const directory = kept ? resolve(kept) : await mkdtemp(join(tmpdir(), "prep-demo-"));
  const session = await openSession(values);
  const run = { ...runDefaults(), numberSamplePerShard: SHARD_SAMPLES, ...PATIENT };
  const base = {
    output: "",
    selection: selectionConfig("high-resolution", { ...run, metadata: [] }),
    shape: shapeConfig(run, "run"),
    settings: downloadSettings(run, session.effects.version),
    resources: resources(run),
  };
  try {
    session.say(
      "A small world on this machine: LAION-like metadata, a picture server that misbehaves now and then, a name server. No internet.\n",
    );
    const { summary, samplesRead, firstSample, metadataDirectory, output } = await runDemo(
      directory,
      values["rows"] as number,
      base,
      session.effects,
    );
    if (samplesRead !== summary.packed) throw new Error(`the shards hold ${samplesRead} samples where ${summary.packed} were packed`);
    session.finish(summary, kept !== undefined);
    session.say(`\nread back: ${plural(samplesRead, "sample")} from the tars, each with jpg, json and txt`);
    if (firstSample)
      session.say(`the first, ${firstSample.key}: ${plural(firstSample.imageBytes, "byte")} of jpg, ${firstSample.json.slice(0, 200)}...`);
    session.say(
      kept ? `\nIts metadata are in ${metadataDirectory}, its shards in ${output}.` : "\nIts files are removed; --keep FOLDER keeps them.",
    );
    session.say(
      [
        "\nWith your own data:",
        "  prep high-resolution --metadata 'laion/*.parquet' --set min_size=512 --output out/",
        "  write a query of your own: queries/mine.sql, starting from one of the shipped ones (prep mine --metadata ... --output ...)",
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
