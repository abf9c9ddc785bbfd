// Configuration of a run, validated and typed, as the command line passes it.
import type { DigestAlgorithm } from "../manifest/digest.ts";
import type { DecidingValues } from "../manifest/shard-record.ts";
import type { InputFormat } from "../metadata/formats.ts";
import type { OutputFormatName } from "../shard/output-formats.ts";
import type { TransformOptions } from "../transform/transformer.ts";

export type { TransformOptions } from "../transform/transformer.ts";

/** Configuration of stage one: which rows, in which order, in how many partitions. */
export interface SelectionConfig {
  /** A path, a name or SQL text, as the user gave it. */
  readonly query: string;
  readonly metadata: readonly string[];
  /** Further tables as `name=glob`. */
  readonly tables: readonly string[];
  /** Variables as `name=value`. */
  readonly variables: readonly string[];
  readonly swappedSizes: "auto" | "yes" | "no";
  readonly seed: string;
  /** Undefined for the default, see `defaultPartitions`. */
  readonly partitions: number | undefined;
  readonly compression: "snappy" | "zstd";
  /** Undefined for the default, which follows from the size of a partition. */
  readonly rowGroupRows: number | undefined;
  /** False keeps rows in the order of the files. */
  readonly isShuffled: boolean;
  /** Keep only this many first rows of the shuffled order. */
  readonly limit: number | undefined;
  /** Keep about this share of the rows, 0 to 1. */
  readonly sampleShare: number | undefined;
  /** Number of passes of the sort. Undefined for as few as fit the disk. */
  readonly passes: number | undefined;
  /** Whether to compare a checksum of all rows and columns before and after. */
  readonly isVerified: boolean;
}

/** What a download does to an output that holds a run: continue it, append another run, or overwrite it. */
export type IncrementalMode = "incremental" | "extend" | "overwrite";

/** Options that shape the shards. Another value means another output. */
export interface ShapeConfig {
  readonly outputFormat: OutputFormatName;
  readonly samplesPerShard: number;
  /** Number of digits of a shard's number. */
  readonly shardDigits: number;
  readonly computeHash: DigestAlgorithm | undefined;
  /** A column with the expected digest of each image, and its algorithm. */
  readonly verifyHash: { readonly column: string; readonly algorithm: DigestAlgorithm } | undefined;
  readonly urlColumn: string;
  readonly captionColumn: string | undefined;
  /** A column with boxes to blur. Samples carry it like an additional column. */
  readonly boxColumn: string | undefined;
  /** Whether samples have a `caption` and a `.txt`, which are empty without a caption column. */
  readonly withCaption: boolean;
  /** Columns that JSON and sidecar carry, or `all`. */
  readonly additionalColumns: readonly string[] | "all";
  /** Digest of the output's block lists. `run/` sets it from the settings. */
  readonly blockList?: string;
  readonly transform: TransformOptions;
}

/** Limits of a download. They may change between two starts of the same run. */
export interface DownloadSettings {
  readonly processes: number;
  /** Concurrent downloads of each process. */
  readonly downloadsPerProcess: number;
  /** Decoder threads of each process. */
  readonly decoderThreads: number;
  readonly timeoutMs: number;
  readonly totalTimeoutMs: number;
  readonly retries: number;
  readonly maxImageBytes: number;
  /** Concurrent connections of this machine to one host. */
  readonly connectionsPerHost: number;
  readonly allowPrivateNetwork: boolean;
  readonly dnsServers: readonly string[];
  readonly disallowedDirectives: readonly string[];
  readonly honourTdmReservation: boolean;
  readonly robots: "obey" | "ignore";
  /** Ports beside 80 and 443. */
  readonly allowedPorts: readonly number[];
  /** Absolute paths of block lists. */
  readonly blockLists: readonly string[];
  readonly userAgent: string;
  /** A further name, in lower case, by which X-Robots-Tag rules address this run. */
  readonly userAgentToken: string | undefined;
  /** Whether the user agent names a contact of the user. */
  readonly hasContact: boolean;
  readonly insecureTls: boolean;
  /** The address of an HTTP proxy without its login, or `environment`; undefined for none. Settings of older versions lack it. */
  readonly proxy?: string | undefined;
  /** How long a download waits when no host answers or the disk is full; 0 never waits. Settings of older versions lack it. */
  readonly maxOutageMs?: number;
  /** Names of the options that the user gave, such as `timeout`. Later starts keep them. Settings of older versions lack it. */
  readonly given?: readonly string[];
  /** Set if the last start was stopped because its first rows were all refused. */
  readonly refusedOnce?: RefusedOnce | undefined;
}

/** Why a start was stopped: the outcome, and the values of the options that refused its rows. */
export interface RefusedOnce {
  readonly run: string;
  readonly code: string;
  readonly decided_by: Partial<DecidingValues>;
}

/** Resources of the machine that a run may use. */
export interface Resources {
  readonly memoryLimitBytes: number;
  readonly threads: number;
  readonly tempDirectory: string | undefined;
}

/** Configuration of a verb, without the output and without the limits, which `_prep/settings.json` holds. Paths are absolute. */
export type StartedVerb =
  | {
      readonly verb: "run";
      readonly selection: SelectionConfig;
      readonly shape: Omit<ShapeConfig, "urlColumn" | "captionColumn">;
      /** Those that the user named. The others follow from the machine. */
      readonly resources: Partial<Resources>;
    }
  | {
      readonly verb: "filter";
      readonly selection: SelectionConfig;
      readonly samplesPerShard: number;
      readonly resources: Partial<Resources>;
    }
  | {
      readonly verb: "download";
      readonly inputs: readonly string[];
      readonly inputFormat: InputFormat | undefined;
      readonly mode: IncrementalMode;
      readonly shape: ShapeConfig;
    };

/** The latest start of an output that was not refused. */
export interface Start {
  /** The command line as it was typed, quoted for a shell, without passwords and tokens. */
  readonly command: string;
  /** The working directory of the start. Bare names of queries are looked up from there. */
  readonly directory: string;
  /** The value of `--fail-under`, if it was given. */
  readonly failUnder?: number | undefined;
  readonly started: StartedVerb;
}

/** A start with the limits of its download. */
export interface Starting extends Start {
  readonly limits?: DownloadSettings | undefined;
}

/** Everything that a run needs from its process. It comes as an argument, so that no code reads it from the process. */
export interface RunEffects {
  readonly emit: (event: import("./events.ts").RunEvent) => void;
  readonly signal: AbortSignal;
  /** Whether to wait for work that other starts on the output have. If false, the run leaves it to them after ten seconds. */
  readonly waits: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** The directory where bare names of queries are looked up first. */
  readonly directory: string;
  /** The directory of the queries that come with the package. */
  readonly packageQueries: string;
  /** The built file that runs `prep`. Every worker starts it again. */
  readonly program: string;
  readonly version: string;
  /** The start to record; undefined for verbs that begin no output. */
  readonly start?: Starting | undefined;
  /** Names of all verbs, for the error that suggests the nearest one. */
  readonly verbs: readonly string[];
}
