// test:compare, the settings: what both tools are told in each run, in the same words.
import { pairwisePlan, type Run } from "./pairwise.ts";

/** Everything that is varied. */
export const FACTORS = {
  mode: ["no", "border", "keep_ratio", "keep_ratio_largest", "center_crop"],
  onlyIfBigger: [false, true],
  size: [256, 384, 512],
  format: ["jpg", "png", "webp"],
} as const;

/** One run's settings. */
export type CompareRun = Run<typeof FACTORS>;

/** The input's columns that are neither URL nor caption. */
export const ADDITIONAL_COLUMNS = ["similarity", "hash", "LICENSE"] as const;

/** The runs of the plan. */
export const RUNS: readonly CompareRun[] = pairwisePlan(FACTORS);

/** A run in a line of the report. */
export function nameOf({ mode, onlyIfBigger, size, format }: CompareRun): string {
  return `${mode} ${size} ${format}${onlyIfBigger ? " only if bigger" : ""}`;
}

/** The arguments that both tools get, as img2dataset spells them. */
export function sharedArguments(run: CompareRun, list: string, output: string): string[] {
  return [
    `--url_list=${list}`,
    "--input_format=parquet",
    "--url_col=URL",
    "--caption_col=TEXT",
    `--output_folder=${output}`,
    "--output_format=webdataset",
    "--number_sample_per_shard=250",
    "--processes_count=2",
    "--thread_count=32",
    `--resize_mode=${run.mode}`,
    `--resize_only_if_bigger=${run.onlyIfBigger ? "True" : "False"}`,
    `--image_size=${run.size}`,
    `--encode_format=${run.format}`,
    // For png the compression level: the pixels do not depend on it.
    `--encode_quality=${run.format === "png" ? 1 : 95}`,
    `--save_additional_columns=${JSON.stringify(ADDITIONAL_COLUMNS)}`,
    "--timeout=10",
    "--enable_wandb=False",
  ];
}
