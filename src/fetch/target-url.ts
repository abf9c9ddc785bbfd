// Fetch, step 1 of the guard: the text of a metadata row, or of a Location header, becomes a URL that may be requested.
import { type Failure, failure } from "../core/outcome.ts";

/** Longest URL taken, in characters: what common servers accept as a request line (8 KiB). */
export const MAX_URL_LENGTH = 8192;

/** How strict to be, and what a relative target is relative to (only redirects have a base). */
export interface TargetRules {
  readonly allowPrivateNetwork: boolean;
  readonly base?: URL;
}

/**
 * The URL to request, parsed once by the WHATWG rules that the connection also uses: spaces and non-ASCII text encoded,
 * login, fragment and a trailing dot of the host removed. Else `invalid_url`, `unsupported_scheme` or `blocked_port`.
 */
export function parseTarget(text: string | null, rules: TargetRules): URL | Failure {
  if (text === null || text.trim() === "") return failure("invalid_url");
  if (text.length > MAX_URL_LENGTH) return failure("invalid_url", `${text.length} characters`);
  const url = parsedOrNull(text, rules.base);
  if (!url) return failure("invalid_url");
  if (url.protocol !== "http:" && url.protocol !== "https:") return failure("unsupported_scheme", url.protocol);
  url.username = "";
  url.password = "";
  url.hash = "";
  url.hostname = url.hostname.replace(/\.$/, "");
  if (url.href.length > 3 * MAX_URL_LENGTH) return failure("invalid_url", "too long once encoded");
  if (!rules.allowPrivateNetwork && !isPublicPort(url.port)) return failure("blocked_port", `port ${url.port}`);
  return url;
}

// A privileged port other than those of the web is some other service, which must not be spoken to on a stranger's word.
function isPublicPort(port: string): boolean {
  return port === "" || port === "80" || port === "443" || Number(port) >= 1024;
}

function parsedOrNull(text: string, base: URL | undefined): URL | null {
  try {
    return new URL(text, base);
  } catch {
    return null;
  }
}
