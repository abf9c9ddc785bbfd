// Turns the text of a metadata row or of a Location header into a URL that may be requested.
import { type Failure, failure } from "../../core/outcome.ts";

/** Longest URL in characters: what common servers accept as a request line (8 KiB). */
export const MAX_URL_LENGTH = 8192;

/**
 * Ports that a stranger's URL may name: 80 and 443, IANA's alternatives (8008, 8080), those that large content networks serve the
 * web on (Cloudflare's list: 2052 to 2096, 8443, 8880), and the usual ports of web applications. Any other port is some other
 * service, which prep must not talk to on a stranger's word.
 */
export const WEB_PORTS: ReadonlySet<number> = new Set([
  ...[80, 443, 2052, 2053, 2082, 2083, 2086, 2087, 2095, 2096, 3000, 8000, 8001, 8008, 8080, 8081, 8082, 8083, 8084, 8085],
  ...[8086, 8087, 8088, 8089, 8090, 8180, 8181, 8443, 8800, 8880, 8888, 9080, 9443],
]);

/** How strict to be, and the base of a relative target, which only redirects have. */
export interface TargetRules {
  /** Accepts any port. */
  readonly allowPrivateNetwork: boolean;
  /** Ports allowed beside those of the web. */
  readonly allowedPorts?: ReadonlySet<number>;
  readonly base?: URL;
}

/**
 * The URL to request, parsed by the WHATWG rules that the connection also uses. Spaces and non-ASCII text are encoded; the
 * fragment and trailing dots of the host are removed. Else the failure `invalid_url`, `unsupported_scheme`, `url_with_login` or
 * `blocked_port`.
 */
export function parseTarget(text: string | null, rules: TargetRules): URL | Failure {
  if (text === null || text.trim() === "") return failure("invalid_url");
  if (text.length > MAX_URL_LENGTH) return failure("invalid_url", `${text.length} characters`);
  // The parser drops tabs and line breaks, and the rest is a URL that nobody wrote. In Location headers browsers accept them.
  if (!rules.base && /[\t\n\r]/.test(text.trim())) return failure("invalid_url", "a tab or line break inside");
  const url = parsedOrNull(text, rules.base);
  if (!url) return failure("invalid_url");
  if (url.protocol !== "http:" && url.protocol !== "https:") return failure("unsupported_scheme", url.protocol);
  if (url.username !== "" || url.password !== "") return failure("url_with_login");
  url.hash = "";
  // Name servers treat one trailing dot as none. With two dots a block-listed host would have another name here and the same one
  // there.
  url.hostname = url.hostname.replace(/\.+$/, "");
  if (url.href.length > 3 * MAX_URL_LENGTH) return failure("invalid_url", "too long once encoded");
  if (!rules.allowPrivateNetwork && !isAllowedPort(url.port, rules.allowedPorts)) return failure("blocked_port", `port ${url.port}`);
  return url;
}

function isAllowedPort(port: string, further: ReadonlySet<number> | undefined): boolean {
  // Without a port the URL has its scheme's own.
  return port === "" || WEB_PORTS.has(Number(port)) || (further?.has(Number(port)) ?? false);
}

function parsedOrNull(text: string, base: URL | undefined): URL | null {
  try {
    return new URL(text, base);
  } catch {
    return null;
  }
}
