// The table of verbs, from which parser, help, completion and reserved words follow.
import { shellWord } from "../core/shell-word.ts";
import { commandToContinue } from "../run/on-output.ts";
import type { VerbArgument, VerbSpec } from "./verb.ts";

const QUERY: Omit<VerbArgument, "usage"> = { help: "a .sql file, the name of one in queries/, or SQL text", completes: "query" };
const PATHS: Omit<VerbArgument, "usage"> = { help: "files, folders or globs, as for --metadata", completes: "file" };
const OUTPUT: VerbArgument = { usage: "<output>", help: "a folder that was given as --output", completes: "folder" };
const ANY_OUTPUT: VerbArgument = { ...OUTPUT, help: `${OUTPUT.help}, or one of img2dataset` };

/** `prep download` writes there unless told otherwise, as img2dataset does. */
const DEFAULT_OUTPUT = "images";

const startedOutput = (_argument: string, value: (option: string) => unknown) =>
  commandToContinue(String(value("output") ?? DEFAULT_OUTPUT));

/** In the order of the help. Each imports its command only when it is called, so that `--help` answers at once. */
export const VERBS: readonly VerbSpec[] = [
  {
    name: "run",
    argument: { usage: "[query]", ...QUERY },
    help: "filter, shuffle, partition, download and pack; continues what an earlier start finished",
    isDefault: true,
    goesOnWith: startedOutput,
    load: async () => (await import("./commands/run.ts")).runCommand,
  },
  {
    name: "filter",
    argument: { usage: "<query>", ...QUERY },
    help: "only select: from metadata to shuffled partitions",
    goesOnWith: startedOutput,
    load: async () => (await import("./commands/filter.ts")).filterCommand,
  },
  {
    name: "download",
    argument: {
      usage: "<input...>",
      help: "files or a folder of them: parquet (from prep, Spark or others), csv, tsv, jsonl, json, txt",
      completes: "file",
    },
    help: "only download: from any list of URLs to shards, with img2dataset's options and defaults",
    goesOnWith: startedOutput,
    load: async () => (await import("./commands/download.ts")).downloadCommand,
  },
  {
    name: "demo",
    help: "the whole job on a small generated sample with a local image server; needs no internet",
    load: async () => (await import("./commands/demo.ts")).demoCommand,
  },
  {
    name: "queries",
    argument: { usage: "[name...]", help: "show everything about these", completes: "query name" },
    help: "list the queries that can be run by name; for named ones the comment, data sets and variables",
    load: async () => (await import("./commands/queries.ts")).queriesCommand,
  },
  {
    name: "describe",
    argument: { usage: "<metadata...>", ...PATHS },
    help: "a profile of any metadata in one pass: columns, nulls, quantiles, hosts, languages, warnings",
    load: async () => (await import("./commands/describe.ts")).describeCommand,
  },
  {
    name: "verify",
    argument: ANY_OUTPUT,
    isOnOutput: true,
    help: "read everything back: rows, shards, partitions, records; ends with 5 for damage, 7 for work not done",
    goesOnWith: (argument, value) => `prep verify ${shellWord(argument)}${value("repair") === true ? " --repair" : ""}`,
    load: async () => (await import("./commands/verify.ts")).verifyCommand,
  },
  {
    name: "metadata",
    argument: { usage: "<dataset>", help: "a name such as coyo-700m, or org/name of the Hugging Face hub", completes: "nothing" },
    help: "fetch the tables of a data set: resumed, checked, pinned to a commit",
    downloadsHere: true,
    load: async () => (await import("./commands/metadata.ts")).metadataCommand,
  },
  {
    name: "shell",
    argument: { usage: "[metadata...]", ...PATHS },
    help: "run SQL on the metadata as a run sees it; statements from the terminal or a pipe",
    load: async () => (await import("./commands/shell.ts")).shellCommand,
  },
  {
    name: "retry",
    argument: ANY_OUTPUT,
    isOnOutput: true,
    help: "download again, in finished shards, what failed and may succeed now; keys stay, successes are not fetched again",
    goesOnWith: (argument) => `prep retry ${shellWord(argument)}`,
    load: async () => (await import("./commands/retry.ts")).retryCommand,
  },
  {
    name: "continue",
    argument: OUTPUT,
    isOnOutput: true,
    help: "go on with an output as its records say it was started; limits may change, everything else is fixed",
    goesOnWith: (argument, value) => `prep continue ${shellWord(argument)}${value("run") === undefined ? "" : ` --run ${value("run")}`}`,
    load: async () => (await import("./commands/continue.ts")).continueCommand,
  },
  {
    name: "status",
    argument: ANY_OUTPUT,
    isOnOutput: true,
    help: "where a run stands, from its records alone: done, in progress, to do, why samples failed and where",
    load: async () => (await import("./commands/status.ts")).statusCommand,
  },
  {
    name: "clean",
    argument: OUTPUT,
    isOnOutput: true,
    help: "remove what killed processes of this machine left behind, and nothing else",
    load: async () => (await import("./commands/clean.ts")).cleanCommand,
  },
  {
    name: "completion",
    argument: { usage: "<shell>", help: "bash, zsh or fish", completes: ["bash", "zsh", "fish"] },
    help: "print a script that completes words in a shell, for instance: source <(prep completion bash)",
    load: async () => (await import("./commands/completion.ts")).completionCommand,
  },
  {
    name: "task",
    argument: OUTPUT,
    isHidden: true,
    help: "do one task of a run, as engines start it",
    downloadsHere: true,
    load: async () => (await import("./commands/task.ts")).taskCommand,
  },
  { name: "plan", help: "rows, bytes, hours and disk, before anything is written" },
  { name: "doctor", help: "what this machine will do to a long run" },
  { name: "report", help: "an output as HTML, data set card and Croissant" },
  { name: "view", help: "a gallery of an output's samples" },
  { name: "select", help: "a second selection over what has been downloaded" },
  { name: "features", help: "features of the samples" },
  { name: "cat", help: "samples on standard output" },
  { name: "cancel", help: "stop a distributed run" },
  { name: "submit", help: "the tasks on Slurm, Spark or Ray" },
  { name: "index", help: "indexes for loaders" },
  { name: "rights", help: "what each site said about its rights" },
  { name: "recheck", help: "whether what was downloaded is still allowed" },
];
