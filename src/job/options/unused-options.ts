// Options of img2dataset that are accepted and have no effect.
import { DOWNLOADING, type OptionSpec } from "./spec.ts";

/** The `notice` of each says what takes its place; the value in `silent` asks for nothing that is missing. */
export const UNUSED_OPTIONS: readonly OptionSpec[] = [
  {
    name: "enable-wandb",
    kind: "flag",
    verbs: DOWNLOADING,
    group: "Unused",
    help: "img2dataset's figures in Weights & Biases",
    notice: "nothing is sent to Weights & Biases; --json prints the same figures as events, one JSON object a line",
  },
  {
    name: "wandb-project",
    kind: "text",
    verbs: DOWNLOADING,
    group: "Unused",
    help: "img2dataset's project in Weights & Biases",
    notice: "nothing is sent to Weights & Biases; --json prints the same figures as events, one JSON object a line",
  },
  {
    name: "distributor",
    kind: "choice",
    choices: ["multiprocessing", "pyspark", "ray"],
    silent: "multiprocessing",
    verbs: DOWNLOADING,
    group: "Unused",
    help: "img2dataset's choice of who starts the workers",
    notice:
      "prep starts its own workers on this machine, --processes-count of them; on several machines give each its own part of the input",
  },
  {
    name: "subjob-size",
    kind: "count",
    range: [1, Number.MAX_SAFE_INTEGER],
    verbs: DOWNLOADING,
    group: "Unused",
    help: "img2dataset's shards in a Spark job",
    notice: "prep has no jobs with barriers between them: a free worker takes the next shard",
  },
  {
    name: "max-shard-retry",
    kind: "count",
    range: [0, Number.MAX_SAFE_INTEGER],
    verbs: DOWNLOADING,
    group: "Unused",
    help: "img2dataset's further attempts at shards that raised an exception",
    notice: "a shard whose worker dies is begun again, and the same command does the shards that are left",
  },
];
