// The rooms of src/, from the ground up: what each is for, and which others it may import.

/** One folder of `src/`. */
export interface Room {
  /** What the folder is for, as ARCHITECTURE.md says it. */
  readonly duty: string;
  /** Rooms that its files may import, beside their own. */
  readonly imports: readonly string[];
}

/** Rooms without knowledge of what is downloaded. */
const GROUND = ["core", "sql", "store", "engine"];

/** Rooms that each do one step of the work and do not know each other. */
const STAGES = ["metadata", "query", "profile", "functions", "partition", "fetch", "transform", "shard", "manifest", "hub", "demo"];

/** All rooms, lowest first. */
export const ROOMS: Readonly<Record<string, Room>> = {
  core: { duty: "The vocabulary: samples, keys, outcomes, errors, units, budgets.", imports: [] },
  sql: { duty: "DuckDB: databases, limits, values, names and paths in SQL. Nobody else imports DuckDB.", imports: ["core"] },
  tar: { duty: "Tar files, byte by byte: write, read, scan, salvage.", imports: ["core"] },
  parquet: { duty: "Parquet files, byte by byte: footers, row groups, binary columns.", imports: ["core"] },
  tfrecord: { duty: "TFRecord files, byte by byte: records, checksums, `tf.train.Example`.", imports: ["core"] },
  // The only kernel lock that Node can reach is the one that DuckDB takes.
  store: { duty: "Where files live: attempts, commits, locks, claims, seals, full disks.", imports: ["core", "sql"] },
  engine: { duty: "Who runs the tasks: worker processes, and the messages between them and the run.", imports: ["core"] },
  metadata: { duty: "What goes in: finds input files, reads text formats, gives columns their canonical names.", imports: ["core", "sql"] },
  hub: { duty: "Fetches the tables of a data set from the Hugging Face hub.", imports: ["core", "store"] },
  functions: { duty: "SQL functions that queries can call.", imports: ["core", "sql"] },
  query: { duty: "The user's SQL: finds it, checks it against the fence, binds it, explains its errors.", imports: ["core", "sql"] },
  profile: { duty: "The one-pass profile of metadata that `prep describe` shows.", imports: ["core", "sql"] },
  partition: { duty: "Shuffles a selection, cuts it into partitions, reads rows back.", imports: ["core", "sql", "parquet"] },
  fetch: { duty: "One URL in, its bytes or an outcome out. Nobody else imports undici.", imports: ["core"] },
  transform: { duty: "Downloaded bytes in, the stored image or an outcome out. Nobody else imports sharp.", imports: ["core"] },
  shard: {
    duty: "Samples into a shard file, in key order, and back out of it, in each output format.",
    // A parquet shard is read back through DuckDB.
    imports: ["core", "tar", "parquet", "tfrecord", "store", "sql"],
  },
  manifest: { duty: "What happened to every row: sidecars, shard records, digests.", imports: ["core", "sql"] },
  demo: { duty: "Generated metadata, and servers on loopback that misbehave on purpose.", imports: ["core", "sql", "transform"] },
  job: { duty: "What a run is told (config), tells (events) and is (identity).", imports: [...GROUND, ...STAGES] },
  output: { duty: "What is on disk: names, plans, records, generations, starts.", imports: [...GROUND, ...STAGES, "job"] },
  selection: { duty: "Stage one: a query over metadata becomes shuffled partitions.", imports: [...GROUND, ...STAGES, "job", "output"] },
  plan: {
    duty: "What a download will do: its inputs, its shards, and whether it continues, extends or overwrites.",
    imports: [...GROUND, ...STAGES, "job", "output"],
  },
  worker: {
    duty: "Stage two: starts workers, and takes each shard from its rows to its commit.",
    imports: [...GROUND, ...STAGES, "job", "output"],
  },
  explore: {
    duty: "Looks at metadata: profiles, the shell without its terminal, scripts for DuckDB's shell.",
    imports: [...GROUND, ...STAGES, "job", "selection"],
  },
  run: {
    duty: "One thin file for each verb: what the command line needs of the rooms below.",
    imports: [...GROUND, ...STAGES, "job", "output", "selection", "plan", "worker", "explore"],
  },
  cli: {
    duty: "The terminal: arguments, help, display, signals, exit codes. Nobody else prints, exits or reads the environment.",
    imports: ["core", "run", "job"],
  },
  "index.ts": { duty: 'The library: what `import "sql2shards"` gives.', imports: ["core", "run", "manifest"] },
};

/** The rooms that each room may import, beside itself. */
export const ALLOWED: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  Object.entries(ROOMS).map(([name, { imports }]) => [name, imports]),
);

/** The rows of the table in ARCHITECTURE.md, highest room first; groups are named instead of listed. */
export function roomsMarkdown(): string {
  const rows = Object.entries(ROOMS)
    .reverse()
    .map(([name, { duty, imports }]) => `| \`${name}\` | ${duty} | ${importsText(imports)} |`);
  return [
    `*Ground*: ${listed(GROUND)}. *Stages*: ${listed(STAGES)}.`,
    "",
    "| room | what it is for | may import |",
    "| --- | --- | --- |",
    ...rows,
  ].join("\n");
}

function importsText(imports: readonly string[]): string {
  const groups = [GROUND, STAGES].every((group) => group.every((name) => imports.includes(name))) ? ["*ground*", "*stages*"] : [];
  const others = groups.length > 0 ? imports.filter((name) => !GROUND.includes(name) && !STAGES.includes(name)) : imports;
  return [...groups, ...others.map((name) => `\`${name}\``)].join(", ");
}

function listed(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(", ");
}
