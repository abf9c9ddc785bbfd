// The process edge: checked option values become the typed configurations that the conductor takes.
import { isIP } from "node:net";
import { availableParallelism, totalmem } from "node:os";
import { UsageError } from "../core/errors.ts";
import type { DownloadSettings, Resources, SelectionConfig, ShapeConfig, TransformOptions } from "../run/config.ts";
import type { DownloadConfig } from "../run/run.ts";
import { encodeQuality } from "./encode-quality.ts";
import type { OptionValues } from "./options/commander-options.ts";

/** Reads one option; the table guarantees its type. */
const read = <T>(values: OptionValues, name: string): T => values[name] as T;

/** Stage one's configuration; throws UsageError where `--metadata` is missing. */
export function selectionConfig(query: string, values: OptionValues): SelectionConfig {
  const metadata = read<string[] | undefined>(values, "metadata");
  if (!metadata) {
    throw new UsageError(
      "no metadata was named",
      'Name a folder, a glob or a parquet file: prep <query> --metadata "laion/*.parquet" --output OUT',
    );
  }
  return {
    query,
    metadata,
    tables: read<string[] | undefined>(values, "table") ?? [],
    variables: read<string[] | undefined>(values, "set") ?? [],
    swappedSizes: read(values, "swappedSizes"),
    seed: read(values, "seed"),
    partitions: read(values, "partitions"),
    compression: read(values, "compression"),
    rowGroupRows: read(values, "rowGroupSize"),
    isShuffled: read(values, "shuffle") !== false,
    limit: read(values, "limit"),
    sampleShare: read(values, "sample"),
    passes: read(values, "shufflePasses"),
    isVerified: read(values, "verifyPartitions"),
  };
}

/** The format of a download's inputs, if one was named; whether they are gzipped, their bytes tell. */
export function inputFormat(values: OptionValues): DownloadConfig["inputFormat"] {
  return read<string | undefined>(values, "inputFormat")?.replace(/\.gz$/, "") as DownloadConfig["inputFormat"];
}

/** What shapes the shards. */
export function shapeConfig(values: OptionValues, verb: "run" | "download"): ShapeConfig {
  const encodeFormat = read<TransformOptions["encodeFormat"]>(values, "encodeFormat");
  const columns = read<string[] | undefined>(values, "saveAdditionalColumns") ?? [];
  const hash = read<"sha256" | "md5" | "sha512" | "None">(values, "computeHash");
  const captionColumn = read<string | undefined>(values, "captionCol");
  return {
    outputFormat: read(values, "outputFormat"),
    samplesPerShard: read(values, "numberSamplePerShard"),
    shardDigits: read(values, "oomShardCount"),
    computeHash: hash === "None" ? undefined : hash,
    urlColumn: read<string | undefined>(values, "urlCol") ?? "url",
    captionColumn,
    withCaption: verb === "run" || captionColumn !== undefined,
    additionalColumns: columns.length === 1 && columns[0] === "all" ? "all" : columns.filter((name) => name !== "[]"),
    transform: {
      imageSize: read(values, "imageSize"),
      resizeMode: read(values, "resizeMode"),
      resizeOnlyIfBigger: read(values, "resizeOnlyIfBigger"),
      upscaleInterpolation: read(values, "upscaleInterpolation"),
      downscaleInterpolation: read(values, "downscaleInterpolation"),
      encodeFormat,
      encodeQuality: encodeQuality(encodeFormat, read(values, "encodeQuality")),
      skipReencode: read(values, "skipReencode"),
      disableAllReencoding: read(values, "disableAllReencoding"),
      minImageSize: read(values, "minImageSize"),
      maxImageArea: read<number | undefined>(values, "maxImageArea") ?? Number.MAX_SAFE_INTEGER,
      maxAspectRatio: read<number | undefined>(values, "maxAspectRatio") ?? Number.MAX_SAFE_INTEGER,
      extractExif: read(values, "extractExif"),
      maxPixels: read(values, "maxDecodedPixels"),
      verifyImages: read(values, "verifyImages"),
      decodeTimeoutMs: 30_000,
    },
  };
}

/** Limits and manners of the download. */
export function downloadSettings(values: OptionValues, version: string): DownloadSettings {
  const cores = availableParallelism();
  const processes = read<number | undefined>(values, "processesCount") ?? Math.max(1, Math.ceil(cores / 4));
  const contact = read<string | undefined>(values, "contact");
  const directives = read<string[]>(values, "disallowedHeaderDirectives");
  return {
    processes,
    downloadsPerProcess: read(values, "threadCount"),
    decoderThreads: Math.max(1, Math.ceil(cores / processes)),
    timeoutMs: 1000 * read<number>(values, "timeout"),
    totalTimeoutMs: 1000 * read<number>(values, "totalTimeout"),
    retries: read(values, "retries"),
    maxImageBytes: read(values, "maxImageBytes"),
    connectionsPerHost: read(values, "connectionsPerHost"),
    allowPrivateNetwork: read(values, "allowPrivateNetwork"),
    dnsServers: dnsServers(read<string[] | undefined>(values, "dnsServer") ?? []),
    disallowedDirectives: directives.filter((word) => word !== "[]"),
    honourTdmReservation: !read<boolean>(values, "ignoreTdmReservation"),
    userAgent: `prep/${version}${contact ? ` (+${contact})` : ""}`,
    insecureTls: read(values, "insecureTls"),
  };
}

/** Addresses with or without a port; a name would need a resolver to find the resolver. */
function dnsServers(texts: readonly string[]): readonly string[] {
  for (const text of texts) {
    const address = /^\[(.+)\](?::\d{1,5})?$/.exec(text)?.[1] ?? /^([\d.]+)(?::\d{1,5})?$/.exec(text)?.[1] ?? text;
    if (isIP(address) === 0)
      throw new UsageError(`--dns-server ${text} is not address:port`, "Write for instance --dns-server 127.0.0.1:53 or [::1]:53.");
  }
  return texts;
}

/** What the machine gives to stage one. */
export function resources(values: OptionValues): Resources {
  return {
    memoryLimitBytes: read<number | undefined>(values, "memoryLimit") ?? Math.round(totalmem() * 0.6),
    threads: read<number | undefined>(values, "threads") ?? availableParallelism(),
    tempDirectory: read(values, "tempDirectory"),
  };
}

/** Where everything goes; throws UsageError where it is missing. */
export function outputFolder(values: OptionValues, verb: "run" | "filter" | "download"): string {
  const output = read<string | undefined>(values, "output");
  if (output) return output;
  // The peer's default.
  if (verb === "download") return "images";
  throw new UsageError("no output was named", "Add --output FOLDER.");
}
