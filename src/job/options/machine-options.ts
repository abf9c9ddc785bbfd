// Options of the machine and of the terminal.
import { DOWNLOADING, DOWNLOADING_AGAIN, EVERY_VERB, ON_OUTPUTS, type OptionSpec, SELECTING, STARTING } from "./spec.ts";

/** Names are img2dataset's where it has the option. */
export const MACHINE_OPTIONS: readonly OptionSpec[] = [
  {
    name: "processes-count",
    kind: "count",
    range: [1, 256],
    isOfMachine: true,
    recorded: ({ processes }) => processes,
    verbs: [...DOWNLOADING, ...DOWNLOADING_AGAIN],
    group: "Machine",
    help: "worker processes (one for every 4 cores)",
  },
  {
    name: "memory-limit",
    kind: "bytes",
    // Below this DuckDB cannot open a parquet file.
    range: [32_000_000, Number.MAX_SAFE_INTEGER],
    verbs: [...SELECTING, "describe", "shell", "continue"],
    group: "Machine",
    help: "memory for filter and shuffle (60 % of the machine's)",
  },
  {
    name: "threads",
    kind: "count",
    range: [1, 1024],
    verbs: [...SELECTING, "describe", "shell", "continue"],
    group: "Machine",
    help: "threads for filter and shuffle (all cores)",
  },
  {
    name: "temp-directory",
    kind: "text",
    value: "folder",
    isPath: "folder",
    verbs: [...SELECTING, "describe", "shell", "continue", "clean"],
    group: "Machine",
    help: "where the shuffle spills (beside the output)",
  },
  {
    name: "json",
    kind: "flag",
    default: false,
    verbs: [...STARTING, ...ON_OUTPUTS, "demo", "queries", "describe", "metadata"],
    group: "Terminal",
    help: "print one JSON object a line on stdout instead of bars",
  },
  {
    name: "quiet",
    short: "q",
    kind: "flag",
    default: false,
    verbs: [...STARTING, ...ON_OUTPUTS, "demo", "describe", "metadata", "shell"],
    group: "Terminal",
    help: "print only errors, pauses and the result",
  },
  {
    name: "debug",
    kind: "flag",
    default: false,
    verbs: EVERY_VERB,
    group: "Terminal",
    help: "if the command fails, also print what a bug report needs: stack, versions, settings",
  },
];
