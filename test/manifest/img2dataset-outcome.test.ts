// Outcome codes for img2dataset's failures, whose messages are the texts of Python's exceptions.
import { expect, it } from "vitest";
import { OUTCOMES, type OutcomeCode } from "../../src/core/outcome.ts";
import { outcomeOfPeer } from "../../src/manifest/img2dataset-outcome.ts";

it.each([
  ["HTTP Error 400: Bad Request", "http_4xx"],
  ["HTTP Error 403: Forbidden", "http_403"],
  ["HTTP Error 404: Not Found", "http_404"],
  ["HTTP Error 429: Too Many Requests", "http_429"],
  ["HTTP Error 500: Internal Server Error", "http_5xx"],
  [
    "HTTP Error 302: The HTTP server returned a redirect error that would lead to an infinite loop.\nThe last 30x error message was:\nFound",
    "bad_redirect",
  ],
  ["<urlopen error [Errno -2] Name or service not known>", "dns_not_found"],
  ["<urlopen error [Errno -5] No address associated with hostname>", "dns_not_found"],
  ["<urlopen error [Errno 8] nodename nor servname provided, or not known>", "dns_not_found"],
  ["<urlopen error [Errno -3] Temporary failure in name resolution>", "dns_failed"],
  ["<urlopen error [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired (_ssl.c:1006)>", "tls_invalid"],
  ["<urlopen error timed out>", "timeout"],
  ["The read operation timed out", "timeout"],
  ["<urlopen error [Errno 111] Connection refused>", "connect_refused"],
  ["<urlopen error [Errno 113] No route to host>", "connect_refused"],
  ["<urlopen error [Errno 101] Network is unreachable>", "connect_refused"],
  ["unknown url type: 'foo'", "invalid_url"],
  ["Use of image disallowed by X-Robots-Tag directive", "opted_out"],
  ["hash mismatch", "hash_mismatch"],
  ["[Errno 104] Connection reset by peer", "connection_reset"],
  ["IncompleteRead(1234 bytes read, 99 more expected)", "connection_reset"],
])("the download failure %j is %s", (message, code) => {
  expect(outcomeOfPeer("failed_to_download", message)).toBe(code);
});

it.each([
  ["image too small", "image_too_small"],
  ["image area too large", "area_too_large"],
  ["aspect ratio too large", "aspect_ratio_too_large"],
  ["Image decoding error", "decode_failed"],
  ["OpenCV(4.8.0) /io/opencv/modules/imgproc/src/resize.cpp:4062: error: (-215:Assertion failed)", "decode_failed"],
])("the resize failure %j is %s", (message, code) => {
  expect(outcomeOfPeer("failed_to_resize", message)).toBe(code);
});

it("a success is a success whatever its message", () => {
  expect(outcomeOfPeer("success", "HTTP Error 404: Not Found")).toBe("success");
});

it("a message of ours that readers of img2dataset see keeps its status word", () => {
  for (const [code, { status, message }] of Object.entries(OUTCOMES) as [OutcomeCode, (typeof OUTCOMES)[OutcomeCode]][])
    expect([code, OUTCOMES[outcomeOfPeer(status, message)].status]).toEqual([code, status]);
});
