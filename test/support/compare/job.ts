// The settings of the comparison with img2dataset, and the arguments that both tools get.
import { pairwisePlan, type Run } from "./pairwise.ts";

/** Every setting that varies, with its levels. */
export const FACTORS = {
  mode: ["no", "border", "keep_ratio", "keep_ratio_largest", "center_crop"],
  onlyIfBigger: [false, true],
  size: [256, 384, 512],
  format: ["jpg", "png", "webp"],
} as const;

/** The settings of one run. */
export type CompareRun = Run<typeof FACTORS>;

/** Columns of the list besides URL and caption. */
export const ADDITIONAL_COLUMNS = ["similarity", "hash", "LICENSE"] as const;

/** The runs of the comparison. */
export const RUNS: readonly CompareRun[] = pairwisePlan(FACTORS);

/** Names a run in the report. */
export function runName({ mode, onlyIfBigger, size, format }: CompareRun): string {
  return `${mode} ${size} ${format}${onlyIfBigger ? " only if bigger" : ""}`;
}

/** Arguments for both tools, in the spelling of img2dataset. */
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
    // For png this is the compression level, which does not change pixels.
    `--encode_quality=${run.format === "png" ? 1 : 95}`,
    `--save_additional_columns=${JSON.stringify(ADDITIONAL_COLUMNS)}`,
    "--timeout=10",
    "--enable_wandb=False",
  ];
}
