// Errors and statuses become outcome codes, also those that no loopback server can cause.
import { describe, expect, it } from "vitest";
import { failureOfError } from "../../src/fetch/classify-failure.ts";
import { FailureError } from "../../src/fetch/failure-error.ts";

const systemError = (code: string, syscall?: string) => Object.assign(new Error(code), { code, ...(syscall ? { syscall } : {}) });

describe("failureOfError", () => {
  it.each<[string, string | undefined, string]>([
    ["ETIMEDOUT", "connect", "connect_timeout"],
    ["ETIMEDOUT", "read", "timeout"],
    ["UND_ERR_CONNECT_TIMEOUT", undefined, "connect_timeout"],
    ["EHOSTUNREACH", "connect", "connect_refused"],
    ["ENETUNREACH", "connect", "connect_refused"],
    ["EADDRNOTAVAIL", "connect", "connect_refused"],
    ["EWHATEVER", "connect", "connect_refused"],
    ["EWHATEVER", "read", "connection_reset"],
    ["EPIPE", "write", "connection_reset"],
    ["CERT_HAS_EXPIRED", undefined, "tls_invalid"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", undefined, "tls_invalid"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", undefined, "tls_invalid"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", undefined, "tls_invalid"],
    ["ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR", undefined, "tls_invalid"],
    ["EPROTO", "write", "tls_invalid"],
    ["ERR_ASSERTION", undefined, "bad_response"],
    ["HPE_INVALID_CONSTANT", undefined, "bad_response"],
    ["ERR_IP_BLOCKED", "connect", "blocked_address"],
  ])("%s of %s is %s", (code, syscall, expected) => expect(failureOfError(systemError(code, syscall), false)?.code).toBe(expected));

  it("returns the failure that an error carries", () => {
    expect(failureOfError(new FailureError("opted_out", "noai"), false)).toEqual({ code: "opted_out", detail: "noai" });
  });

  it.each([
    new TypeError("x is undefined"),
    new RangeError("out of range"),
    new Error("no code"),
    Object.assign(new TypeError("invalid"), { code: "ERR_INVALID_ARG_TYPE" }),
    systemError("UND_ERR_INVALID_ARG"),
    systemError("EMFILE", "connect"),
    "text",
    undefined,
  ])("knows no outcome for %s", (error) => expect(failureOfError(error, false)).toBeUndefined());
});
