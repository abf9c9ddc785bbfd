// Turns checked option values into the typed configurations of a run.
import { isIP } from "node:net";
import { availableParallelism, totalmem } from "node:os";
import { resolve } from "node:path";
import { UsageError } from "../core/errors.ts";
import type { DownloadSettings, Resources, SelectionConfig, ShapeConfig, TransformOptions } from "../job/config.ts";
import { valueName } from "../job/options/spec.ts";
import { OPTIONS } from "../job/options/table.ts";
import { TRUE_EXTENSION_FORMATS } from "../job/output-format-choices.ts";
import type { DownloadConfig } from "../run/download.ts";
import { proxySetting } from "../run/proxies.ts";
import type { PictureLimits } from "../run/retry.ts";
import { encodeQuality } from "./encode-quality.ts";
import { localPath } from "./local-path.ts";
import type { OptionValues } from "./options/commander-options.ts";

/** Reads one option; the table guarantees its type. */
const read = <T>(values: OptionValues, name: string): T => values[name] as T;

/** The configuration of a selection. Throws UsageError if `--metadata` is missing. */
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

/** The format of a download's inputs; undefined if none was given. The bytes tell whether they are gzipped. */
export function inputFormat(values: OptionValues): DownloadConfig["inputFormat"] {
  return read<string | undefined>(values, "inputFormat")?.replace(/\.gz$/, "") as DownloadConfig["inputFormat"];
}

/** The configuration of the shards. Throws UsageError for options that contradict each other. */
export function shapeConfig(values: OptionValues, verb: "run" | "download"): ShapeConfig {
  const encodeFormat = read<TransformOptions["encodeFormat"]>(values, "encodeFormat");
  const columns = read<string[] | undefined>(values, "saveAdditionalColumns") ?? [];
  const hash = read<"sha256" | "md5" | "sha512" | "None">(values, "computeHash");
  const captionColumn = read<string | undefined>(values, "captionCol");
  const boxColumn = read<string | undefined>(values, "bboxCol");
  refuseContradictions(values, boxColumn);
  return {
    outputFormat: read(values, "outputFormat"),
    samplesPerShard: read(values, "numberSamplePerShard"),
    shardDigits: read(values, "oomShardCount"),
    computeHash: hash === "None" ? undefined : hash,
    verifyHash: verifyHash(read<string[] | undefined>(values, "verifyHash") ?? []),
    urlColumn: read<string | undefined>(values, "urlCol") ?? "url",
    boxColumn,
    captionColumn,
    withCaption: verb === "run" || captionColumn !== undefined,
    additionalColumns: columns.length === 1 && columns[0] === "all" ? "all" : columns.filter((name) => name !== "[]"),
    transform: {
      imageSize: read(values, "imageSize"),
      resizeMode: read(values, "resizeMode"),
      resizeOnlyIfBigger: read(values, "resizeOnlyIfBigger"),
      upscale: read(values, "upscale"),
      upscaleInterpolation: read(values, "upscaleInterpolation"),
      downscaleInterpolation: read(values, "downscaleInterpolation"),
      encodeFormat,
      encodeQuality: encodeQuality(encodeFormat, read(values, "encodeQuality")),
      skipReencode: read(values, "skipReencode"),
      disableAllReencoding: read(values, "disableAllReencoding"),
      trueExtension: read(values, "trueExtension"),
      orient: read(values, "orient"),
      acceptTruncated: read(values, "acceptTruncated"),
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

/** Throws UsageError for options that exclude each other. */
function refuseContradictions(values: OptionValues, boxColumn: string | undefined): void {
  const isUntouched = read<boolean>(values, "disableAllReencoding");
  if (isUntouched && boxColumn !== undefined) {
    throw new UsageError(
      "--bbox-col blurs pictures, but --disable-all-reencoding stores them as downloaded",
      "Leave one of them out; --skip-reencode only keeps the bytes of pictures without boxes.",
    );
  }
  if (!read<boolean>(values, "trueExtension")) return;
  if (!isUntouched) throw new UsageError("--true-extension has no effect without --disable-all-reencoding", "Add it, or leave both out.");
  const format = read<ShapeConfig["outputFormat"]>(values, "outputFormat");
  if (!TRUE_EXTENSION_FORMATS.includes(format))
    throw new UsageError(
      `--true-extension: ${format} does not name its members by format`,
      `Use --output-format ${TRUE_EXTENSION_FORMATS.join(" or ")}.`,
    );
}

/** The two values of `--verify-hash`; undefined if it was not given. */
function verifyHash(words: readonly string[]): ShapeConfig["verifyHash"] {
  const [column, word] = words;
  if (column === undefined) return undefined;
  const algorithm = (["md5", "sha256", "sha512"] as const).find((name) => name === word?.toLowerCase());
  if (words.length !== 2 || !algorithm) {
    throw new UsageError(
      `--verify-hash ${words.join(" ")} is not a column and md5, sha256 or sha512`,
      'Write --verify-hash \'["md5","md5"]\'.',
    );
  }
  return { column, algorithm };
}

/** The most connections to one host unless the user asks for more. */
const MAX_DEFAULT_CONNECTIONS = 24;

/** The limits on pictures that the user gave. */
export function pictureLimits(values: OptionValues, isDefault: (name: string) => boolean): Partial<PictureLimits> {
  const limits = OPTIONS.filter(({ group, canLoosen }) => group === "Images" && canLoosen === true);
  const given = limits.filter((option) => values[valueName(option)] !== undefined && !isDefault(valueName(option)));
  return Object.fromEntries(given.map((option) => [option.identity, values[valueName(option)]])) as Partial<PictureLimits>;
}

/** Limits, rights and network of a download; `given` are the options that the user gave, by their names in camel case. */
export function downloadSettings(values: OptionValues, version: string, given?: readonly string[]): DownloadSettings {
  const cores = availableParallelism();
  const processes = read<number | undefined>(values, "processesCount") ?? Math.max(1, Math.ceil(cores / 4));
  const coresPerProcess = Math.max(1, Math.ceil(cores / processes));
  const contact = checkedContact(read<string | undefined>(values, "contact"));
  const token = userAgentToken(read<string | undefined>(values, "userAgentToken"));
  const identity = [...(token ? ["compatible", token] : []), ...(contact === undefined ? [] : [`+${contact}`])];
  const directives = read<string[]>(values, "disallowedHeaderDirectives");
  return {
    processes,
    // A core handles 150 pictures a second. If one in twenty hangs for 10 s, 75 downloads of each core wait in vain.
    downloadsPerProcess: read<number | undefined>(values, "threadCount") ?? Math.max(256, 128 * coresPerProcess),
    // One more than cores: libvips hands a picture from one thread to another, which leaves gaps.
    decoderThreads: coresPerProcess + 1,
    timeoutMs: 1000 * read<number>(values, "timeout"),
    totalTimeoutMs: 1000 * read<number>(values, "totalTimeout"),
    retries: read(values, "retries"),
    maxImageBytes: read(values, "maxImageBytes"),
    connectionsPerHost: read<number | undefined>(values, "connectionsPerHost") ?? Math.min(6 * processes, MAX_DEFAULT_CONNECTIONS),
    allowPrivateNetwork: read(values, "allowPrivateNetwork"),
    dnsServers: dnsServers(read<string[] | undefined>(values, "dnsServer") ?? []),
    disallowedDirectives: directives.filter((word) => word !== "[]"),
    honourTdmReservation: !read<boolean>(values, "ignoreTdmReservation"),
    robots: read(values, "robots"),
    allowedPorts: (read<string[] | undefined>(values, "allowPort") ?? []).map(portNumber),
    blockLists: (read<string[] | undefined>(values, "blockList") ?? []).map((path) => resolve(path)),
    userAgent: `prep/${version}${identity.length > 0 ? ` (${identity.join("; ")})` : ""}`,
    userAgentToken: token,
    hasContact: contact !== undefined,
    insecureTls: read(values, "insecureTls"),
    proxy: proxySetting(read(values, "proxy")),
    maxOutageMs: 1000 * read<number>(values, "maxOutage"),
    ...(given ? { given } : {}),
  };
}

/** In lower case, because names in rules are compared so; img2dataset does the same. */
function userAgentToken(text: string | undefined): string | undefined {
  const token = text?.trim().toLowerCase();
  if (!token) return undefined;
  if (!/^[a-z0-9._-]+$/.test(token))
    throw new UsageError(
      `--user-agent-token ${text} cannot stand in a header`,
      "Use letters, digits, dots and dashes; a page or address goes into --contact.",
    );
  return token;
}

function portNumber(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new UsageError(`--allow-port ${text} is not a port`, "Write numbers from 1 to 65535.");
}

/** Checks that the contact fits into a header and names a page or an address. */
function checkedContact(text: string | undefined): string | undefined {
  if (!text) return undefined;
  if (/^[!-~]+$/.test(text) && /^https?:\/\/.|.@./.test(text) && !/[()]/.test(text)) return text;
  throw new UsageError(`--contact ${text} is neither a web page nor a mail address`, "Write https://... or name@host, without blanks.");
}

/** Checks that resolvers are addresses, with or without a port: a name would need a resolver to find it. */
function dnsServers(texts: readonly string[]): readonly string[] {
  for (const text of texts) {
    const address = /^\[(.+)\](?::\d{1,5})?$/.exec(text)?.[1] ?? /^([\d.]+)(?::\d{1,5})?$/.exec(text)?.[1] ?? text;
    if (isIP(address) === 0)
      throw new UsageError(`--dns-server ${text} is not address:port`, "Write for instance --dns-server 127.0.0.1:53 or [::1]:53.");
  }
  return texts;
}

/** Memory, threads and disk for a selection. */
export function resources(values: OptionValues): Resources {
  return {
    memoryLimitBytes: read<number | undefined>(values, "memoryLimit") ?? Math.round(totalmem() * 0.6),
    threads: read<number | undefined>(values, "threads") ?? availableParallelism(),
    tempDirectory: read(values, "tempDirectory"),
  };
}

/** The output folder. Throws UsageError if it is missing or empty, as from an unset variable. */
export function outputFolder(values: OptionValues, verb: "run" | "filter" | "download"): string {
  const output = read<string | undefined>(values, "output");
  if (output) return localPath(output, "--output");
  // img2dataset's default.
  if (verb === "download" && output === undefined) return "images";
  throw new UsageError("no output was named", "Add --output FOLDER.");
}
