// One URL becomes bytes or a reason: status, redirects, certificates and opt-outs.
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { bytes, fetcherWith, fetchStep, never, outcomeOf, serveEachTest, server } from "../support/fetch/scripted-fetcher.ts";
import { type Step, startScriptedServer } from "../support/fetch/scripted-server.ts";
import { SELF_SIGNED } from "../support/fetch/self-signed-certificate.ts";

serveEachTest();

describe("a good response", () => {
  it("comes back with its bytes, type and status, and holds its bytes until it is released", async () => {
    const result = await fetchStep({ body: "picture", headers: { "Content-Type": "image/jpeg" } });
    expect(result).toMatchObject({ ok: true, httpStatus: 200, attempts: 1, contentType: "image/jpeg" });
    if (!result.ok) throw new Error("unreachable");
    expect(result.body.toString()).toBe("picture");
    expect(result.elapsedMs).toBeGreaterThan(0);
    expect(bytes.used).toBe(7);
    result.release();
    result.release();
    expect(bytes.used).toBe(0);
  });

  it("was asked for with our name, for images, without compression, cookies or referrer", async () => {
    await fetchStep({ body: "x", headers: { "Set-Cookie": "a=b" } });
    await fetcherWith().fetch(server.url("/a.jpg"), never);
    const headers = server.lastHeaders("/a.jpg");
    expect(headers).toMatchObject({ "user-agent": "prep/0.1.0 (+test)", "accept-encoding": "identity" });
    expect(headers?.accept).toMatch(/^image\//);
    expect(Object.keys(headers ?? {}).sort()).toEqual(["accept", "accept-encoding", "connection", "host", "user-agent"]);
  });

  it("may be chunked, or end with the connection", async () => {
    expect(await fetchStep({ body: "abc", contentLength: "none" })).toMatchObject({ ok: true, body: Buffer.from("abc") });
    expect(await fetchStep({ raw: "HTTP/1.0 200 OK\r\n\r\nabc" })).toMatchObject({ ok: true, body: Buffer.from("abc") });
  });

  it.each([["102 Processing"], ["103 Early Hints\r\nLink: </x>"], ["103 Early Hints", "102 Processing", "103 More of them"]])(
    "may follow an unasked interim response: %j",
    async (...interim) => {
      const heads = interim.map((head) => `HTTP/1.1 ${head}\r\n\r\n`).join("");
      const result = await fetchStep({ raw: `${heads}HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc` });
      expect(result).toMatchObject({ ok: true, httpStatus: 200, body: Buffer.from("abc") });
      expect(server.requests("/a.jpg")).toBe(1);
    },
  );

  it("may have a head of 15 KiB", async () => {
    expect(outcomeOf(await fetchStep({ body: "x", headers: { Link: "a".repeat(15 * 1024) } }))).toBe("success");
  });

  it.each([201, 202, 203, 205, 226, 299])("may have the status %i", async (status) => {
    expect(await fetchStep({ status, body: "abc" })).toMatchObject({ ok: true, httpStatus: status, body: Buffer.from("abc") });
  });

  it.each<[string, Step, string]>([
    ["everything", { body: "abcdefghi", headers: { "Content-Range": "bytes 0-8/9" } }, "success"],
    ["everything, in chunks", { body: "abcdefghi", contentLength: "none", headers: { "Content-Range": "bytes 0-8/9" } }, "success"],
    ["less than it says", { body: "abc", headers: { "Content-Range": "bytes 0-8/9" } }, "connection_reset"],
    [
      "less than it says, in chunks",
      { body: "abc", contentLength: "none", headers: { "Content-Range": "bytes 0-8/9" } },
      "connection_reset",
    ],
    ["more than it says", { body: "abcdefghijkl", headers: { "Content-Range": "bytes 0-8/9" } }, "connection_reset"],
    ["its beginning", { body: "abc", headers: { "Content-Range": "bytes 0-2/9" } }, "http_other"],
    ["its end", { body: "ghi", headers: { "Content-Range": "bytes 6-8/9" } }, "http_other"],
    ["nobody knows how much", { body: "abc", headers: { "Content-Range": "bytes 0-2/*" } }, "http_other"],
    ["several parts", { body: "abc", headers: { "Content-Type": "multipart/byteranges; boundary=x" } }, "http_other"],
    ["two ranges", { body: "abc", headers: { "Content-Range": ["bytes 0-2/3", "bytes 0-2/3"] } }, "http_other"],
  ])("that calls itself a part (206) and has %s", async (_, step, code) => {
    const result = await fetchStep({ ...step, status: 206 });
    expect(outcomeOf(result)).toBe(code);
    expect(result).toMatchObject({ httpStatus: 206 });
    if (result.ok) expect(result.body.toString()).toBe("abcdefghi");
  });

  it("is decompressed if the server compressed it unasked", async () => {
    const result = await fetchStep({ body: gzipSync("picture"), headers: { "Content-Encoding": "gzip" } });
    expect(result).toMatchObject({ ok: true, body: Buffer.from("picture") });
    expect(bytes.used).toBe(7);
  });

  it("reuses its connection", async () => {
    server.route("/a.jpg", { body: "x" });
    const fetcher = fetcherWith({ connectionsPerHost: 1 });
    for (let round = 0; round < 5; round++) expect((await fetcher.fetch(server.url("/a.jpg"), never)).ok).toBe(true);
    expect(server.connections()).toBe(1);
  });

  it("is fetched again if the server closes a kept connection just as it is used again", async () => {
    server.route("/a.jpg", (requestNumber) => (requestNumber === 2 ? { reset: "before-headers" } : { body: "x" }));
    const fetcher = fetcherWith({ connectionsPerHost: 1 });
    await fetcher.fetch(server.url("/a.jpg"), never);
    expect(await fetcher.fetch(server.url("/a.jpg"), never)).toMatchObject({ ok: true, attempts: 1 });
    expect(server.requests("/a.jpg")).toBe(3);
  });
});

describe("a status", () => {
  it.each<[number, string]>([
    [204, "http_other"],
    [300, "http_other"],
    [304, "http_other"],
    [400, "http_4xx"],
    [401, "http_401"],
    [403, "http_403"],
    [404, "http_404"],
    [410, "http_410"],
    [418, "http_4xx"],
    [429, "http_429"],
    [500, "http_5xx"],
    [503, "http_5xx"],
    [599, "http_5xx"],
    [999, "http_other"],
  ])("%i is %s", async (status, code) => {
    const result = await fetchStep({ status, body: "no" });
    expect([outcomeOf(result), result.ok ? 0 : result.httpStatus]).toEqual([code, status]);
    expect(bytes.used).toBe(0);
  });

  it("is final although the error's body never ends", async () => {
    const startedAt = performance.now();
    expect(outcomeOf(await fetchStep({ status: 404, endless: true }, { timeoutMs: 5000, totalTimeoutMs: 5000 }))).toBe("http_404");
    expect(performance.now() - startedAt).toBeLessThan(4000);
  });
});

describe("redirects", () => {
  it.each([301, 302, 303, 307, 308])("%i is followed, relative or not", async (status) => {
    server.route("/b.jpg", { body: "x" });
    expect(await fetchStep({ redirect: "b.jpg", status })).toMatchObject({ ok: true, httpStatus: 200, attempts: 1 });
    expect(outcomeOf(await fetchStep({ redirect: server.url("/b.jpg"), status }))).toBe("success");
  });

  it("are followed five times and not six", async () => {
    for (let hop = 1; hop <= 6; hop++) server.route(`/${hop}`, { redirect: `/${hop + 1}` });
    server.route("/7", { body: "x" });
    expect(outcomeOf(await fetcherWith().fetch(server.url("/2"), never))).toBe("success");
    expect(outcomeOf(await fetcherWith().fetch(server.url("/1"), never))).toBe("bad_redirect");
    expect(server.requests("/7")).toBe(1);
  });

  it.each<[string, Step, string]>([
    ["to itself", { redirect: "/a.jpg" }, "bad_redirect"],
    ["to itself with another fragment", { redirect: "/a.jpg#again" }, "bad_redirect"],
    ["without a target", { status: 302 }, "bad_redirect"],
    ["to nonsense", { redirect: "http://[" }, "bad_redirect"],
    ["to a file", { redirect: "file:///etc/passwd" }, "unsupported_scheme"],
    ["to a data URL", { redirect: "data:image/png;base64,AAAA" }, "unsupported_scheme"],
  ])("%s end as a failure", async (_, step, code) => expect(outcomeOf(await fetchStep(step))).toBe(code));

  it("are followed even if their body never ends", async () => {
    server.route("/b.jpg", { body: "x" });
    expect(outcomeOf(await fetchStep({ redirect: "/b.jpg", endless: true }))).toBe("success");
  });

  it.each<[string, BufferEncoding, string]>([
    ["/ü.jpg", "utf8", "/%C3%BC.jpg"],
    ["/ü.jpg", "latin1", "/%FC.jpg"],
    ["/%fc ü.jpg", "utf8", "/%fc%20%C3%BC.jpg"],
  ])("ask for the bytes of a target: %s in %s", async (location, encoding, path) => {
    server.route(path, { body: "x" });
    const raw = Buffer.from(`HTTP/1.1 302 Found\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`, encoding);
    expect(outcomeOf(await fetchStep({ raw }))).toBe("success");
  });

  it("may name a host in UTF-8", async () => {
    server.route("/b.jpg", { body: "x" });
    const raw = Buffer.from(`HTTP/1.1 302 Found\r\nLocation: http://１27.0.0.1:${server.port}/b.jpg\r\nContent-Length: 0\r\n\r\n`);
    expect(outcomeOf(await fetchStep({ raw }))).toBe("success");
  });

  it("share one deadline", async () => {
    for (let hop = 1; hop <= 5; hop++) server.route(`/${hop}`, { redirect: `/${hop + 1}`, delayMs: 200 });
    const startedAt = performance.now();
    expect(outcomeOf(await fetcherWith({ totalTimeoutMs: 600 }).fetch(server.url("/1"), never))).toBe("timeout");
    expect(performance.now() - startedAt).toBeLessThan(4000);
  });
});

describe("TLS", () => {
  it("refuses an untrusted certificate unless told otherwise, and never steps down to http", async () => {
    const secure = await startScriptedServer(
      { "/a.jpg": { body: "x" }, "/down": { redirect: server.url("/a.jpg") } },
      { tls: SELF_SIGNED },
    );
    expect(outcomeOf(await fetcherWith().fetch(secure.url("/a.jpg"), never))).toBe("tls_invalid");
    expect(outcomeOf(await fetcherWith({ insecureTls: true }).fetch(secure.url("/a.jpg"), never))).toBe("success");
    expect(outcomeOf(await fetcherWith({ insecureTls: true }).fetch(secure.url("/down"), never))).toBe("bad_redirect");
    await secure.close();
  });

  it("is refused by an http server", async () => {
    expect(outcomeOf(await fetcherWith().fetch(server.url("/a.jpg").replace("http:", "https:"), never))).toBe("tls_invalid");
  });
});

describe("an opt-out", () => {
  const reserved = {
    headers: { "X-Robots-Tag": ["otherbot: all", "noai, unavailable_after: Fri, 25 Jun 2010 15:00:00 GMT"] },
    endless: true,
  };

  it("is respected before the body is read", async () => {
    expect(await fetchStep(reserved)).toMatchObject({ ok: false, failure: { code: "opted_out", detail: "noai" }, httpStatus: 200 });
    expect(outcomeOf(await fetchStep({ headers: { "TDM-Reservation": "1" }, endless: true }))).toBe("tdm_reserved");
  });

  it("may address us by name", async () => {
    expect(outcomeOf(await fetchStep({ body: "x", headers: { "X-Robots-Tag": "prep: noindex" } }))).toBe("opted_out");
    expect(outcomeOf(await fetchStep({ body: "x", headers: { "X-Robots-Tag": "otherbot: noindex" } }))).toBe("success");
  });

  it("is ignored only on request", async () => {
    const headers = { "X-Robots-Tag": "noai", "TDM-Reservation": "1" };
    const options = { disallowedDirectives: [], honourTdmReservation: false };
    expect(outcomeOf(await fetchStep({ headers, body: "x" }, options))).toBe("success");
  });
});
