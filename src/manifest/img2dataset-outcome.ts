// Outcome codes for img2dataset's failure messages, which are texts of Python's exceptions.
import type { OutcomeCode } from "../core/outcome.ts";

/** The first match counts. URLs with blanks or other alphabets, which img2dataset cannot request, match none and are retryable. */
const MESSAGES: readonly (readonly [RegExp, OutcomeCode])[] = [
  [/X-Robots-Tag/, "opted_out"],
  [/hash mismatch/, "hash_mismatch"],
  [/HTTP Error 401/, "http_401"],
  [/HTTP Error 403/, "http_403"],
  [/HTTP Error 404/, "http_404"],
  [/HTTP Error 410/, "http_410"],
  [/HTTP Error 429/, "http_429"],
  [/HTTP Error 4\d\d/, "http_4xx"],
  [/HTTP Error 5\d\d/, "http_5xx"],
  [/redirect/i, "bad_redirect"],
  [/Name or service not known|nodename nor servname|No address associated/, "dns_not_found"],
  [/Temporary failure in name resolution/, "dns_failed"],
  [/CERTIFICATE_VERIFY_FAILED|SSL/, "tls_invalid"],
  [/timed out/, "timeout"],
  [/refused|unreachable|No route to host/i, "connect_refused"],
  [/unknown url type/, "invalid_url"],
  [/image too small/, "image_too_small"],
  [/area too large/, "area_too_large"],
  [/aspect ratio too large/, "aspect_ratio_too_large"],
];

/** The code for a status word and message of img2dataset. An unknown download failure gets a retryable code. */
export function outcomeOfPeer(status: string, message: string): OutcomeCode {
  if (status === "success") return "success";
  const known = MESSAGES.find(([pattern]) => pattern.test(message))?.[1];
  if (known !== undefined) return known;
  return status === "failed_to_resize" ? "decode_failed" : "connection_reset";
}
