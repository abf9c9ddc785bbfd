// The closed list of outcomes of a sample. Every row of a manifest carries one of these codes.
import { oneLine } from "./one-line.ts";

/** img2dataset's three status words, kept beside our codes for the readers of its output. */
export type SampleStatus = "success" | "failed_to_download" | "failed_to_resize";

interface OutcomeDefinition {
  readonly status: SampleStatus;
  /** True if another attempt, now or in a later `prep retry`, may end otherwise. */
  readonly retryable: boolean;
  /** The `error_message` of the manifest, fixed so that messages can be counted. img2dataset's own words if it has some. */
  readonly message: string;
  /** What happened, for the documentation. */
  readonly meaning: string;
  /** What a person can do about it, for the documentation and the end of a run. */
  readonly advice: string;
}

const download = (retryable: boolean, message: string, meaning: string, advice: string): OutcomeDefinition => ({
  status: "failed_to_download",
  retryable,
  message,
  meaning,
  advice,
});

const resize = (message: string, meaning: string, advice: string): OutcomeDefinition => ({
  status: "failed_to_resize",
  retryable: false,
  message,
  meaning,
  advice,
});

const NOTHING = "Nothing.";
const GONE = "Nothing: the picture is gone.";
const LATER = "Try again later: prep retry.";

/** Every outcome code with its meaning. The codes are stable because manifests on disk hold them. */
export const OUTCOMES = {
  success: {
    status: "success",
    retryable: false,
    message: "",
    meaning: "The sample is in its shard.",
    advice: "",
  },
  invalid_url: download(
    false,
    "invalid URL",
    "The URL is null, empty, relative, has a tab or line break inside or cannot be parsed.",
    "Filter such rows out in the query.",
  ),
  unsupported_scheme: download(false, "unsupported URL scheme", "The URL is neither http nor https.", "Filter such rows out in the query."),
  blocked_address: download(
    false,
    "address not allowed",
    "The host is, or resolves to, a loopback, private or otherwise reserved address.",
    "Give --allow-private-network if these hosts are yours.",
  ),
  blocked_port: download(
    false,
    "port not allowed",
    "The URL names a port that the web does not use.",
    "Name ports that you trust with --allow-port.",
  ),
  url_with_login: download(
    false,
    "URL with a login",
    "The URL, or a redirect's target, carries a user name or password, which is never sent.",
    NOTHING,
  ),
  block_listed: download(
    false,
    "on the block list",
    "The URL, its host, a redirect's target or the digest of the bytes is on a --block-list.",
    NOTHING,
  ),
  dns_not_found: download(false, "host name not found", "The resolver says that the name does not exist.", GONE),
  dns_failed: download(
    true,
    "host name could not be resolved",
    "The resolver timed out or failed.",
    "Run a local caching resolver and name it with --dns-server.",
  ),
  connect_refused: download(
    true,
    "connection refused",
    "The host refuses connections or cannot be reached, or the proxy does not connect to it.",
    LATER,
  ),
  connect_timeout: download(true, "connection timed out", "No connection within --timeout.", LATER),
  connection_reset: download(true, "connection closed early", "The connection broke before the response was complete.", LATER),
  tls_invalid: download(false, "TLS failure", "The certificate is not valid for the host, or the handshake failed.", NOTHING),
  timeout: download(true, "timed out", "The server was silent for --timeout, or the request took longer than --total-timeout.", LATER),
  too_large: download(false, "body too large", "The body is larger than --max-image-bytes.", "Raise --max-image-bytes."),
  empty_body: download(false, "empty body", "The response has no body.", NOTHING),
  bad_encoding: download(
    false,
    "unusable content encoding",
    "The body's compression is unsupported (zstd), nested, broken or expands too far.",
    NOTHING,
  ),
  bad_response: download(false, "malformed HTTP response", "The response is not valid HTTP.", NOTHING),
  bad_redirect: download(
    false,
    "unusable redirect",
    "A redirect has no target, loops, goes on for too long, or leads from https to http.",
    NOTHING,
  ),
  http_401: download(false, "HTTP Error 401", "The site wants a login.", NOTHING),
  http_403: download(false, "HTTP Error 403", "The site refuses.", NOTHING),
  http_404: download(false, "HTTP Error 404", "The picture is gone.", GONE),
  http_410: download(false, "HTTP Error 410", "The picture is gone for good.", GONE),
  http_429: download(true, "HTTP Error 429", "The site asks for fewer requests.", LATER),
  http_4xx: download(false, "HTTP Error 4xx", "Another refusal by the site; http_status has its number.", NOTHING),
  http_5xx: download(true, "HTTP Error 5xx", "The site is failing; http_status has its number.", LATER),
  http_other: download(false, "unexpected HTTP status", "A status that carries no picture; http_status has its number.", NOTHING),
  opted_out: download(
    false,
    "Use of image disallowed by X-Robots-Tag directive",
    "The site says by X-Robots-Tag that its pictures are not for this use.",
    "Respect it; --disallowed-header-directives says which words count.",
  ),
  robots_disallowed: download(
    false,
    "disallowed by robots.txt",
    "The site's robots.txt asks crawlers to stay away from this URL.",
    "Respect it; --robots ignore skips the check.",
  ),
  robots_unavailable: download(
    true,
    "robots.txt not available",
    "The site answers, but its robots.txt fails or does not end in time, which RFC 9309 treats as a refusal.",
    LATER,
  ),
  host_busy: download(
    true,
    "host asked for fewer requests",
    "The host was overloaded (429, 503, slow or silent) and too many downloads were already waiting for it, so prep did not ask for this one. Most of the work was at other hosts.",
    LATER,
  ),
  tdm_reserved: download(
    false,
    "Use of image disallowed by tdm-reservation",
    "The site reserves text and data mining rights by header.",
    "Respect it; --ignore-tdm-reservation skips the check.",
  ),
  hash_mismatch: download(false, "hash mismatch", "The bytes are not those that the metadata describes.", NOTHING),
  not_an_image: resize("Image decoding error", "The bytes are not a picture but, for instance, HTML.", NOTHING),
  unsupported_format: resize(
    "Image decoding error",
    "A format that prep recognises but does not decode (HEIC, JPEG XL, SVG, TIFF, BMP, PSD, PDF).",
    NOTHING,
  ),
  truncated: resize("Image decoding error", "The picture ends before its end marker.", "Give --accept-truncated to keep what there is."),
  decode_failed: resize("Image decoding error", "The decoder refuses the picture.", NOTHING),
  decode_timeout: resize("Image decoding error", "The decoder took too long.", NOTHING),
  decode_crashed: resize(
    "Image decoding error",
    "The decoder process, or its worker, died twice while it decoded this picture.",
    "Please report the URL.",
  ),
  too_many_pixels: resize(
    "image has too many pixels",
    "The header announces more pixels than the decoder may take.",
    "Raise --max-decoded-pixels.",
  ),
  image_too_small: resize("image too small", "The shorter side is under --min-image-size.", "Lower --min-image-size."),
  area_too_large: resize("image area too large", "The area is over --max-image-area.", "Raise --max-image-area."),
  aspect_ratio_too_large: resize(
    "aspect ratio too large",
    "Longer side / shorter side is over --max-aspect-ratio.",
    "Raise --max-aspect-ratio.",
  ),
  bad_boxes: resize(
    "bounding boxes unusable",
    "The boxes of --bbox-col are not lists of x_min, y_min, x_max, y_max from 0 to 1, so prep cannot tell what to blur.",
    "Correct the column, or filter such rows out in the query.",
  ),
  encode_failed: resize("image could not be encoded", "The resized picture does not fit the output format.", "Use another --resize-mode."),
} as const satisfies Record<string, OutcomeDefinition>;

/** One code of the closed list. */
export type OutcomeCode = keyof typeof OUTCOMES;

/** Every code but success. */
export type FailureCode = Exclude<OutcomeCode, "success">;

/** A user's option that decides over rows, by its name on the command line. */
export type DecidingOption =
  | "allow-private-network"
  | "allow-port"
  | "block-list"
  | "robots"
  | "user-agent-token"
  | "disallowed-header-directives"
  | "ignore-tdm-reservation"
  | "max-image-bytes"
  | "insecure-tls"
  | "accept-truncated"
  | "max-decoded-pixels"
  | "min-image-size"
  | "max-image-area"
  | "max-aspect-ratio";

/**
 * The options that decide whether an outcome happens, the one to change first in front. `hash_mismatch` has none: the digest comes from the
 * metadata, and another digest column would make another output.
 */
export const DECIDED_BY: Readonly<Partial<Record<OutcomeCode, readonly [DecidingOption, ...DecidingOption[]]>>> = {
  blocked_address: ["allow-private-network"],
  blocked_port: ["allow-port", "allow-private-network"],
  block_listed: ["block-list"],
  robots_disallowed: ["robots", "user-agent-token"],
  opted_out: ["disallowed-header-directives", "user-agent-token"],
  tdm_reserved: ["ignore-tdm-reservation"],
  too_large: ["max-image-bytes"],
  tls_invalid: ["insecure-tls"],
  truncated: ["accept-truncated"],
  too_many_pixels: ["max-decoded-pixels"],
  image_too_small: ["min-image-size"],
  area_too_large: ["max-image-area"],
  aspect_ratio_too_large: ["max-aspect-ratio"],
};

/** Faults of a server or a picture that an option accepts nevertheless. */
const FAULTS: ReadonlySet<OutcomeCode> = new Set(["tls_invalid", "truncated"]);

/** Whether the user's own options refused the row, although server and picture may be sound. */
export function isRefusal(code: OutcomeCode): boolean {
  return DECIDED_BY[code] !== undefined && !FAULTS.has(code);
}

/** Why a sample failed. Failures are data and never thrown from one stage to another. */
export interface Failure {
  readonly code: FailureCode;
  /** The library's or server's own words: one line, at most 200 characters, without control characters. */
  readonly detail?: string;
}

/** A failure whose detail is safe to print and to store: one line of at most 200 characters without control characters. */
export function failure(code: FailureCode, detail?: string): Failure {
  const clean = detail === undefined ? "" : oneLine(detail);
  return clean ? { code, detail: clean } : { code };
}

/** After this many dead processes a picture is the cause, `decode_crashed`. A single death may have another cause. */
export const LETHAL_DEATHS = 2;
