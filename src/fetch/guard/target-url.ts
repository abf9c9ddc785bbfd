// Fetch, step 1 of the guard: the text of a metadata row, or of a Location header, becomes a URL that may be requested.
import { type Failure, failure } from "../../core/outcome.ts";

/** Longest URL taken, in characters: what common servers accept as a request line (8 KiB). */
export const MAX_URL_LENGTH = 8192;

/**
 * Ports that a stranger's URL may name: 80 and 443, what IANA lists as alternatives (8008, 8080), what large content
 * networks serve the web on (Cloudflare's list: 2052 to 2096, 8443, 8880), and the usual ports of web applications. Any
 * other is some other service, which must not be spoken to on a stranger's word.
 */
export const WEB_PORTS: ReadonlySet<number> = new Set([
  ...[80, 443, 2052, 2053, 2082, 2083, 2086, 2087, 2095, 2096, 3000, 8000, 8001, 8008, 8080, 8081, 8082, 8083, 8084, 8085],
  ...[8086, 8087, 8088, 8089, 8090, 8180, 8181, 8443, 8800, 8880, 8888, 9080, 9443],
]);

/** How strict to be, and what a relative target is relative to (only redirects have a base). */
export interface TargetRules {
  /** Takes any port. */
  readonly allowPrivateNetwork: boolean;
  /** Ports beside those of the web. */
  readonly allowedPorts?: ReadonlySet<number>;
  readonly base?: URL;
}

/**
 * The URL to request, parsed once by the WHATWG rules that the connection also uses: spaces and non-ASCII text encoded,
 * fragment and trailing dots of the host removed. Else `invalid_url`, `unsupported_scheme`, `url_with_login` or
 * `blocked_port`.
 */
export function parseTarget(text: string | null, rules: TargetRules): URL | Failure {
  if (text === null || text.trim() === "") return failure("invalid_url");
  if (text.length > MAX_URL_LENGTH) return failure("invalid_url", `${text.length} characters`);
  // The parser drops them, and what it then parses is a URL that nobody wrote. What servers write, browsers take so too.
  if (!rules.base && /[\t\n\r]/.test(text.trim())) return failure("invalid_url", "a tab or line break inside");
  const url = parsedOrNull(text, rules.base);
  if (!url) return failure("invalid_url");
  if (url.protocol !== "http:" && url.protocol !== "https:") return failure("unsupported_scheme", url.protocol);
  if (url.username !== "" || url.password !== "") return failure("url_with_login");
  url.hash = "";
  // Name servers take one dot for none, so that with two a block-listed host would have another name here and the same there.
  url.hostname = url.hostname.replace(/\.+$/, "");
  if (url.href.length > 3 * MAX_URL_LENGTH) return failure("invalid_url", "too long once encoded");
  if (!rules.allowPrivateNetwork && !isAllowedPort(url.port, rules.allowedPorts)) return failure("blocked_port", `port ${url.port}`);
  return url;
}

function isAllowedPort(port: string, further: ReadonlySet<number> | undefined): boolean {
  // Without one it is the scheme's own.
  return port === "" || WEB_PORTS.has(Number(port)) || (further?.has(Number(port)) ?? false);
}

function parsedOrNull(text: string, base: URL | undefined): URL | null {
  try {
    return new URL(text, base);
  } catch {
    return null;
  }
}
