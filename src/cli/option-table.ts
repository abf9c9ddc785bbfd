// The process edge: every option declared once; parsing, help, the README's table and the notice for unknown ones follow from it.

/** The verbs that take options. */
export type OptionVerb = "run" | "filter" | "download" | "demo";

/** What an option's value is. */
export type OptionKind = "text" | "texts" | "count" | "number" | "bytes" | "flag" | "choice";

/** One option. */
export interface OptionSpec {
  /** Kebab-case, without dashes; the same word with underscores is accepted too. */
  readonly name: string;
  readonly kind: OptionKind;
  /** What stands for the value in the help. */
  readonly value?: string;
  readonly choices?: readonly string[];
  /** For all verbs, or for each; undefined means none. */
  readonly default?: DefaultValue | Partial<Record<OptionVerb, DefaultValue>>;
  readonly verbs: readonly OptionVerb[];
  readonly group: OptionGroup;
  readonly help: string;
  /** Smallest and largest value that make sense, for counts and numbers. */
  readonly range?: readonly [number, number];
}

type DefaultValue = string | number | boolean | readonly string[];

/** Groups in the order in which the help shows them. */
export const OPTION_GROUPS = ["Input", "Query", "Shuffle", "Output", "Images", "Download", "Machine", "Terminal"] as const;

/** One of the groups. */
export type OptionGroup = (typeof OPTION_GROUPS)[number];

const SELECT: readonly OptionVerb[] = ["run", "filter"];
const FETCH: readonly OptionVerb[] = ["run", "download"];
const ALL: readonly OptionVerb[] = ["run", "filter", "download"];

/** The table. Names are img2dataset's where it has the option. */
export const OPTIONS: readonly OptionSpec[] = [
  {
    name: "metadata",
    kind: "texts",
    value: "path...",
    verbs: SELECT,
    group: "Input",
    help: "parquet files, folders or globs; read by the query as the view `metadata`",
  },
  { name: "table", kind: "texts", value: "name=glob...", verbs: SELECT, group: "Input", help: "further tables for the query" },
  {
    name: "swapped-sizes",
    kind: "choice",
    choices: ["auto", "yes", "no"],
    default: "auto",
    verbs: SELECT,
    group: "Input",
    help: "whether width and height are swapped in the metadata, as in the first LAION sets",
  },
  { name: "show-columns", kind: "flag", verbs: SELECT, group: "Input", help: "print which source column each canonical name means" },
  { name: "url-col", kind: "text", value: "name", default: "url", verbs: ["download"], group: "Input", help: "column with the URLs" },
  {
    name: "caption-col",
    kind: "text",
    value: "name",
    verbs: ["download"],
    group: "Input",
    help: "column with the captions; without it there is no .txt",
  },
  {
    name: "input-format",
    kind: "choice",
    choices: ["parquet"],
    verbs: ["download"],
    group: "Input",
    help: "format of the input; guessed from the files' names when it is not given",
  },
  {
    name: "set",
    kind: "texts",
    value: "name=value...",
    verbs: SELECT,
    group: "Query",
    help: "a variable that the query reads with getvariable",
  },
  {
    name: "seed",
    kind: "text",
    value: "text",
    default: "0",
    verbs: SELECT,
    group: "Shuffle",
    help: "another seed gives another, independent order",
  },
  {
    name: "partitions",
    kind: "count",
    range: [1, 100_000],
    verbs: SELECT,
    group: "Shuffle",
    help: "number of partitions (128; fewer where one would hold less than one shard)",
  },
  {
    name: "compression",
    kind: "choice",
    choices: ["snappy", "zstd"],
    default: "snappy",
    verbs: SELECT,
    group: "Shuffle",
    help: "codec of the partitions",
  },
  {
    name: "row-group-size",
    kind: "count",
    default: 65_536,
    range: [2048, 10_000_000],
    verbs: SELECT,
    group: "Shuffle",
    help: "rows a row group of the partitions",
  },
  {
    name: "output",
    kind: "text",
    value: "folder",
    verbs: ALL,
    group: "Output",
    help: "where everything goes; a second start with the same folder continues",
  },
  {
    name: "output-format",
    kind: "choice",
    choices: ["webdataset", "files"],
    default: { run: "webdataset", download: "files" },
    verbs: FETCH,
    group: "Output",
    help: "tars for loaders, or folders of files",
  },
  {
    name: "number-sample-per-shard",
    kind: "count",
    default: 10_000,
    range: [1, 10_000_000],
    verbs: ALL,
    group: "Output",
    help: "rows of a shard; also what a partition should hold at least",
  },
  { name: "oom-shard-count", kind: "count", default: 5, range: [1, 12], verbs: FETCH, group: "Output", help: "digits of a shard's number" },
  {
    name: "save-additional-columns",
    kind: "texts",
    value: "name...",
    default: { run: ["all"] },
    verbs: FETCH,
    group: "Output",
    help: "columns carried into each sample's JSON and the sidecar; all for every one",
  },
  {
    name: "compute-hash",
    kind: "choice",
    choices: ["sha256", "md5", "sha512", "None"],
    default: "sha256",
    verbs: FETCH,
    group: "Output",
    help: "digest of the downloaded bytes, stored with each sample",
  },
  { name: "extract-exif", kind: "flag", default: true, verbs: FETCH, group: "Output", help: "store the EXIF tags with each sample" },
  {
    name: "image-size",
    kind: "count",
    default: { run: 384, download: 256 },
    range: [1, 65_500],
    verbs: FETCH,
    group: "Images",
    help: "side in pixels; which side, --resize-mode says",
  },
  {
    name: "resize-mode",
    kind: "choice",
    choices: ["no", "border", "keep_ratio", "keep_ratio_largest", "center_crop"],
    default: { run: "keep_ratio", download: "border" },
    verbs: FETCH,
    group: "Images",
    help: "keep_ratio: the shorter side becomes --image-size; keep_ratio_largest: the longer; border: padded to a square; center_crop: cropped to one",
  },
  {
    name: "resize-only-if-bigger",
    kind: "flag",
    default: { run: true, download: false },
    verbs: FETCH,
    group: "Images",
    help: "leave pictures alone that are not larger than --image-size",
  },
  {
    name: "upscale-interpolation",
    kind: "choice",
    choices: ["nearest", "linear", "cubic", "area", "lanczos"],
    default: "lanczos",
    verbs: FETCH,
    group: "Images",
    help: "kernel for enlarging",
  },
  {
    name: "downscale-interpolation",
    kind: "choice",
    choices: ["nearest", "linear", "cubic", "area", "lanczos"],
    default: "area",
    verbs: FETCH,
    group: "Images",
    help: "kernel for shrinking",
  },
  {
    name: "encode-format",
    kind: "choice",
    choices: ["jpg", "png", "webp"],
    default: "jpg",
    verbs: FETCH,
    group: "Images",
    help: "format of the stored pictures",
  },
  {
    name: "encode-quality",
    kind: "count",
    range: [0, 101],
    verbs: FETCH,
    group: "Images",
    help: "jpg and webp 0 to 100 (95); png: compression 0 to 9 (6)",
  },
  {
    name: "skip-reencode",
    kind: "flag",
    default: { run: true, download: false },
    verbs: FETCH,
    group: "Images",
    help: "store the bytes as they came where nothing is resized and the format is the wanted one",
  },
  {
    name: "disable-all-reencoding",
    kind: "flag",
    default: false,
    verbs: FETCH,
    group: "Images",
    help: "store every body as it came, whatever it is",
  },
  {
    name: "min-image-size",
    kind: "count",
    default: 0,
    range: [0, 1e6],
    verbs: FETCH,
    group: "Images",
    help: "refuse pictures whose shorter side is under this",
  },
  {
    name: "max-image-area",
    kind: "number",
    value: "pixels",
    verbs: FETCH,
    group: "Images",
    range: [1, 1e12],
    help: "refuse pictures with more pixels",
  },
  {
    name: "max-aspect-ratio",
    kind: "number",
    verbs: FETCH,
    group: "Images",
    range: [1, 1e6],
    help: "refuse pictures with longer side / shorter side over this",
  },
  {
    name: "max-decoded-pixels",
    kind: "number",
    value: "pixels",
    default: 100_000_000,
    range: [1, 268_402_689],
    verbs: FETCH,
    group: "Images",
    help: "refuse to decode pictures that announce more pixels",
  },
  {
    name: "verify-images",
    kind: "flag",
    default: false,
    verbs: FETCH,
    group: "Images",
    help: "decode fully also what is stored as it came; else its structure is checked to the end marker",
  },
  {
    name: "timeout",
    kind: "number",
    value: "seconds",
    default: 10,
    range: [0.1, 3600],
    verbs: FETCH,
    group: "Download",
    help: "longest silence of a server: connect, headers, between bytes",
  },
  {
    name: "total-timeout",
    kind: "number",
    value: "seconds",
    default: 30,
    range: [0.1, 86_400],
    verbs: FETCH,
    group: "Download",
    help: "longest time of one request, redirects included",
  },
  {
    name: "retries",
    kind: "count",
    default: { run: 1, download: 0 },
    range: [0, 20],
    verbs: FETCH,
    group: "Download",
    help: "further attempts at failures that may pass, with back-off",
  },
  { name: "max-image-bytes", kind: "bytes", default: "32MiB", verbs: FETCH, group: "Download", help: "largest body" },
  {
    name: "connections-per-host",
    kind: "count",
    default: 6,
    range: [1, 256],
    verbs: FETCH,
    group: "Download",
    help: "connections to one host at a time, for each process",
  },
  {
    name: "thread-count",
    kind: "count",
    default: 128,
    range: [1, 4096],
    verbs: FETCH,
    group: "Download",
    help: "downloads in flight, for each process",
  },
  {
    name: "dns-server",
    kind: "texts",
    value: "address:port...",
    verbs: FETCH,
    group: "Download",
    help: "resolvers to ask instead of the system's, such as a local caching one",
  },
  {
    name: "allow-private-network",
    kind: "flag",
    default: false,
    verbs: FETCH,
    group: "Download",
    help: "also connect to loopback and private addresses; anybody who writes a URL into the metadata can then reach them",
  },
  {
    name: "disallowed-header-directives",
    kind: "texts",
    value: "word...",
    default: ["noai", "noimageai", "noindex", "noimageindex"],
    verbs: FETCH,
    group: "Download",
    help: "X-Robots-Tag words that a site opts out with; [] ignores the header",
  },
  {
    name: "ignore-tdm-reservation",
    kind: "flag",
    default: false,
    verbs: FETCH,
    group: "Download",
    help: "also take what a site reserves by tdm-reservation",
  },
  {
    name: "contact",
    kind: "text",
    value: "url",
    verbs: FETCH,
    group: "Download",
    help: "page or mail address for the sites you visit, sent in the User-Agent",
  },
  { name: "insecure-tls", kind: "flag", default: false, verbs: FETCH, group: "Download", help: "do not check certificates" },
  {
    name: "processes-count",
    kind: "count",
    range: [1, 256],
    verbs: FETCH,
    group: "Machine",
    help: "worker processes (one for every 4 cores)",
  },
  {
    name: "memory-limit",
    kind: "bytes",
    verbs: SELECT,
    group: "Machine",
    help: "what filter and shuffle may hold in memory (60 % of the machine's)",
  },
  { name: "threads", kind: "count", range: [1, 1024], verbs: SELECT, group: "Machine", help: "threads of filter and shuffle (all cores)" },
  {
    name: "temp-directory",
    kind: "text",
    value: "folder",
    verbs: SELECT,
    group: "Machine",
    help: "where the shuffle spills (beside the output)",
  },
  {
    name: "json",
    kind: "flag",
    default: false,
    verbs: [...ALL, "demo"],
    group: "Terminal",
    help: "one JSON object a line instead of bars, on stdout",
  },
  { name: "quiet", kind: "flag", default: false, verbs: [...ALL, "demo"], group: "Terminal", help: "errors and the result only" },
  {
    name: "keep",
    kind: "text",
    value: "folder",
    verbs: ["demo"],
    group: "Output",
    help: "keep the demo's files here (default: a temporary folder that is removed)",
  },
  {
    name: "rows",
    kind: "count",
    default: 50_000,
    range: [1000, 10_000_000],
    verbs: ["demo"],
    group: "Input",
    help: "rows of metadata to make",
  },
];

/** The default of an option for a verb. */
export function defaultOf(option: OptionSpec, verb: OptionVerb): DefaultValue | undefined {
  const value = option.default;
  if (value === undefined || typeof value !== "object" || Array.isArray(value)) return value as DefaultValue | undefined;
  return (value as Partial<Record<OptionVerb, DefaultValue>>)[verb];
}
