// The process edge: img2dataset's options that have no meaning here; accepted, so that a copied command runs, with a notice.
import { FETCH, type OptionSpec } from "./spec.ts";

/** Each says what takes its place in its `notice`; a value in `silent` asks for nothing that is missing. */
export const UNUSED_OPTIONS: readonly OptionSpec[] = [
  {
    name: "enable-wandb",
    kind: "flag",
    verbs: FETCH,
    group: "Unused",
    help: "img2dataset's figures in Weights & Biases",
    notice: "nothing is sent to Weights & Biases; --json prints the same figures as events, one JSON object a line",
  },
  {
    name: "wandb-project",
    kind: "text",
    verbs: FETCH,
    group: "Unused",
    help: "img2dataset's project in Weights & Biases",
    notice: "nothing is sent to Weights & Biases; --json prints the same figures as events, one JSON object a line",
  },
  {
    name: "distributor",
    kind: "choice",
    choices: ["multiprocessing", "pyspark", "ray"],
    silent: "multiprocessing",
    verbs: FETCH,
    group: "Unused",
    help: "img2dataset's choice of who starts the workers",
    notice:
      "prep starts its own workers on this machine, --processes-count of them; on several machines give each its own part of the input",
  },
  {
    name: "subjob-size",
    kind: "count",
    range: [1, Number.MAX_SAFE_INTEGER],
    verbs: FETCH,
    group: "Unused",
    help: "img2dataset's shards in a Spark job",
    notice: "there are no jobs with a barrier between them: a worker that is free takes the next shard",
  },
  {
    name: "max-shard-retry",
    kind: "count",
    range: [0, Number.MAX_SAFE_INTEGER],
    verbs: FETCH,
    group: "Unused",
    help: "img2dataset's further attempts at shards that raised an exception",
    notice: "a shard whose worker dies is begun again; what is undone at the end is done by the same command",
  },
];
