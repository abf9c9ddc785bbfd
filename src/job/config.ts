// The conductor: everything a run can be told, validated and typed, as the command line hands it over.
import type { DigestAlgorithm } from "../manifest/digest.ts";
import type { DecidingValues } from "../manifest/shard-record.ts";
import type { InputFormat } from "../metadata/formats.ts";
import type { OutputFormatName } from "../shard/output-formats.ts";
import type { TransformOptions } from "../transform/transformer.ts";

export type { TransformOptions } from "../transform/transformer.ts";

/** Stage one: which rows, in which order, in how many partitions. */
export interface SelectionConfig {
  /** A path, a name or SQL text, as it was given. */
  readonly query: string;
  readonly metadata: readonly string[];
  /** Further tables as `name=glob`. */
  readonly tables: readonly string[];
  /** Variables as `name=value`. */
  readonly variables: readonly string[];
  readonly swappedSizes: "auto" | "yes" | "no";
  readonly seed: string;
  /** Undefined: 128, fewer where a partition would hold less than one shard. */
  readonly partitions: number | undefined;
  readonly compression: "snappy" | "zstd";
  /** Undefined: from the size of a partition. */
  readonly rowGroupRows: number | undefined;
  /** False: rows stay in the order of the files. */
  readonly isShuffled: boolean;
  /** Keep the first so many rows of the shuffled order. */
  readonly limit: number | undefined;
  /** Keep about this share of the rows, 0 to 1. */
  readonly sampleShare: number | undefined;
  /** Sort in so many passes; undefined: as few as the disk has room for. */
  readonly passes: number | undefined;
  /** Compare a checksum over all rows and columns before and after. */
  readonly isVerified: boolean;
}

/** What a download does to an output that holds something: go on with it, append a run to it, or take its place. */
export type IncrementalMode = "incremental" | "extend" | "overwrite";

/** Options that shape the shards: another value means another output. */
export interface ShapeConfig {
  readonly outputFormat: OutputFormatName;
  readonly samplesPerShard: number;
  /** Digits of a shard's number. */
  readonly shardDigits: number;
  readonly computeHash: DigestAlgorithm | undefined;
  /** A column with the digest that a picture must have, and its algorithm. */
  readonly verifyHash: { readonly column: string; readonly algorithm: DigestAlgorithm } | undefined;
  readonly urlColumn: string;
  readonly captionColumn: string | undefined;
  /** A column with the boxes to blur; carried like an additional column. */
  readonly boxColumn: string | undefined;
  /** Whether samples have a `caption` and a `.txt`, empty where there is no caption column. */
  readonly withCaption: boolean;
  /** Columns carried into JSON and sidecar, or all. */
  readonly additionalColumns: readonly string[] | "all";
  /** Digest of the block lists that hold for the output; the conductor sets it from the settings. */
  readonly blockList?: string;
  readonly transform: TransformOptions;
}

/** Limits and manners: they may change between two starts of the same run. */
export interface DownloadSettings {
  readonly processes: number;
  /** Downloads in flight for each process. */
  readonly downloadsPerProcess: number;
  /** Decoder threads for each process. */
  readonly decoderThreads: number;
  readonly timeoutMs: number;
  readonly totalTimeoutMs: number;
  readonly retries: number;
  readonly maxImageBytes: number;
  /** Of this machine, to one host, at a time. */
  readonly connectionsPerHost: number;
  readonly allowPrivateNetwork: boolean;
  readonly dnsServers: readonly string[];
  readonly disallowedDirectives: readonly string[];
  readonly honourTdmReservation: boolean;
  readonly robots: "obey" | "ignore";
  /** Ports beside those of the web. */
  readonly allowedPorts: readonly number[];
  /** Absolute paths of block lists. */
  readonly blockLists: readonly string[];
  readonly userAgent: string;
  /** A further name under which X-Robots-Tag rules are meant for us, lower case. */
  readonly userAgentToken: string | undefined;
  /** Whether the user agent says how to reach the user. */
  readonly hasContact: boolean;
  readonly insecureTls: boolean;
  /** An HTTP proxy's address without its login, or `environment`; undefined for none. Absent in settings of older versions. */
  readonly proxy?: string | undefined;
  /** How long a download waits when no host answers any more or the disk is full; 0 never waits. Absent in settings of older versions. */
  readonly maxOutageMs?: number;
  /** The options that the user named, as `timeout`: later starts begin with these. Absent in settings of older versions. */
  readonly given?: readonly string[];
  /** Set where the last start was stopped since all its first rows were refused. */
  readonly refusedOnce?: RefusedOnce | undefined;
}

/** Why a start was stopped, and the values of the options that refused its rows. */
export interface RefusedOnce {
  readonly run: string;
  readonly code: string;
  readonly decided_by: Partial<DecidingValues>;
}

/** What the machine gives to a run. */
export interface Resources {
  readonly memoryLimitBytes: number;
  readonly threads: number;
  readonly tempDirectory: string | undefined;
}

/** What a verb was told, without the output and the limits of the download, which `_prep/settings.json` holds. Paths are absolute. */
export type StartedVerb =
  | {
      readonly verb: "run";
      readonly selection: SelectionConfig;
      readonly shape: Omit<ShapeConfig, "urlColumn" | "captionColumn">;
      /** What was named of them; the rest follows from the machine. */
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

/** A start of an output: the latest that was not refused. */
export interface Start {
  /** The command line as it was typed, quoted for a shell, without passwords and tokens. */
  readonly command: string;
  /** Where it was typed: bare names of queries are looked up from there. */
  readonly directory: string;
  /** `--fail-under`, where it was given. */
  readonly failUnder?: number | undefined;
  readonly started: StartedVerb;
}

/** A start with the limits of the download that is to follow. */
export interface Starting extends Start {
  readonly limits?: DownloadSettings | undefined;
}

/** What a run needs of the process around it, handed in so that nothing reaches for it. */
export interface RunEffects {
  readonly emit: (event: import("./events.ts").RunEvent) => void;
  readonly signal: AbortSignal;
  /** Whether to wait for what other starts on the output are at work on; else what they have after ten seconds is left to them. */
  readonly waits: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Where bare query names are looked up first. */
  readonly directory: string;
  /** The queries that come with the package. */
  readonly packageQueries: string;
  /** The built file that runs `prep`, started again for every worker. */
  readonly program: string;
  readonly version: string;
  /** What the user started, for the record of it; undefined for verbs that begin no output. */
  readonly start?: Starting | undefined;
  /** Verbs, for the error that offers the nearest one. */
  readonly verbs: readonly string[];
}
