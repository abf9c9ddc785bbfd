// Maps errors and HTTP statuses to outcome codes; no other file does.
import { type Failure, type FailureCode, failure } from "../core/outcome.ts";
import { FailureError, MACHINE_ERRORS } from "./failure-error.ts";
import { RESET_CODE } from "./guard/connector.ts";
import type { ResponseHeaders } from "./rights/opt-out-headers.ts";

// undici also gives this code to a malformed head, once it has seen a Content-Length in it.
const LENGTH_MISMATCH = "UND_ERR_RES_CONTENT_LENGTH_MISMATCH";

const CODES: Readonly<Record<string, FailureCode>> = {
  ECONNREFUSED: "connect_refused",
  EHOSTUNREACH: "connect_refused",
  EHOSTDOWN: "connect_refused",
  ENETUNREACH: "connect_refused",
  ENETDOWN: "connect_refused",
  EADDRNOTAVAIL: "connect_refused",
  EACCES: "connect_refused",
  EPERM: "connect_refused",
  EINVAL: "connect_refused",
  ERR_IP_BLOCKED: "blocked_address",
  UND_ERR_CONNECT_TIMEOUT: "connect_timeout",
  UND_ERR_HEADERS_TIMEOUT: "timeout",
  UND_ERR_BODY_TIMEOUT: "timeout",
  ECONNRESET: "connection_reset",
  ECONNABORTED: "connection_reset",
  EPIPE: "connection_reset",
  [RESET_CODE]: "connection_reset",
  UND_ERR_SOCKET: "connection_reset",
  UND_ERR_INFO: "connection_reset",
  [LENGTH_MISMATCH]: "connection_reset",
  UND_ERR_HEADERS_OVERFLOW: "bad_response",
  // undici asserts what a response may do, so a failed assertion is the server's fault.
  ERR_ASSERTION: "bad_response",
  EPROTO: "tls_invalid",
};

// OpenSSL's verification results, as Node names them.
const CERTIFICATE = /^(CERT_|CRL_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERROR_IN_C|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|HOSTNAME_MISMATCH)/;

/**
 * The failure that a network error stands for; undefined for a defect of ours or a lack of resources of this machine. `inBody` says that
 * the response's head was good.
 */
export function failureOfError(error: unknown, inBody: boolean): Failure | undefined {
  if (error instanceof FailureError) return error.failure;
  if (!(error instanceof Error)) return undefined;
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  // A defect may have a code too: ERR_INVALID_ARG_TYPE and the like are TypeErrors and RangeErrors.
  if (error instanceof TypeError || error instanceof RangeError || (code !== undefined && MACHINE_ERRORS.has(code))) return undefined;
  const known = code === undefined ? codeOfParserError(error) : (CODES[code] ?? codeOfFamily(code, error));
  if (known === undefined) return undefined;
  const isMalformed = known === "connection_reset" && (error.message.startsWith("bad ") || (code === LENGTH_MISMATCH && !inBody));
  return failure(isMalformed ? "bad_response" : known, error.message);
}

// undici gives the errors of its parser a name but no code.
function codeOfParserError(error: Error): FailureCode | undefined {
  if (error.name !== "HTTPParserError") return undefined;
  return error.message.includes("Invalid EOF state") ? "connection_reset" : "bad_response";
}

function codeOfFamily(code: string, error: Error): FailureCode | undefined {
  const duringConnect = "syscall" in error && error.syscall === "connect";
  if (code === "ETIMEDOUT") return duringConnect ? "connect_timeout" : "timeout";
  if (code.startsWith("HPE_")) return "bad_response";
  if (code.startsWith("ERR_SSL_") || code.startsWith("ERR_TLS_") || CERTIFICATE.test(code)) return "tls_invalid";
  // Any other error of a system call on the socket.
  if ("syscall" in error) return duringConnect ? "connect_refused" : "connection_reset";
  return undefined;
}

/**
 * The failure that a final status stands for; undefined if it carries a body worth reading. As in urllib, that is every 2xx except a 206
 * that covers only a part.
 */
export function failureOfStatus(status: number, headers: ResponseHeaders): Failure | undefined {
  if (status >= 200 && status < 300 && status !== 204 && status !== 206) return undefined;
  switch (status) {
    case 206:
      return wholeRange(headers) === undefined
        ? failure("http_other", `a part: ${headers["content-range"] ?? "nobody knows which"}`)
        : undefined;
    case 401:
    case 403:
    case 404:
    case 410:
    case 429:
      return failure(`http_${status}`);
    default:
      return failure(status >= 400 && status < 500 ? "http_4xx" : status >= 500 && status < 600 ? "http_5xx" : "http_other");
  }
}

/**
 * The bytes of a range that covers the whole file, `bytes 0-8/9`; else undefined. Some servers send one although nobody asked for a range.
 */
export function wholeRange(headers: ResponseHeaders): number | undefined {
  const [, last, total] = /^bytes 0-(\d+)\/(\d+)$/.exec(String(headers["content-range"])) ?? [];
  return total !== undefined && Number(last) + 1 === Number(total) ? Number(total) : undefined;
}
