// All options in one table.
import { DOWNLOAD_OPTIONS } from "./download-options.ts";
import { IMAGE_OPTIONS } from "./image-options.ts";
import { MACHINE_OPTIONS } from "./machine-options.ts";
import { OUTPUT_OPTIONS } from "./output-options.ts";
import { SELECTION_OPTIONS } from "./selection-options.ts";
import type { OptionSpec } from "./spec.ts";
import { UNUSED_OPTIONS } from "./unused-options.ts";

/** Every option of every verb. */
export const OPTIONS: readonly OptionSpec[] = [
  ...SELECTION_OPTIONS,
  ...OUTPUT_OPTIONS,
  ...IMAGE_OPTIONS,
  ...DOWNLOAD_OPTIONS,
  ...MACHINE_OPTIONS,
  ...UNUSED_OPTIONS,
];
