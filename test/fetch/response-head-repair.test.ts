// Responses that break HTTP but that curl accepts are accepted, byte for byte as curl does.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Budget } from "../../src/core/budget.ts";
import { createFetcher, type Fetcher } from "../../src/fetch/fetcher.ts";
import { repairedHead } from "../../src/fetch/response-head-repair.ts";
import { type ScriptedServer, type Step, startScriptedServer } from "../support/fetch/scripted-server.ts";

const run = promisify(execFile);
const hasCurl = await run("curl", ["--version"]).then(
  () => true,
  () => false,
);
const never = new AbortController().signal;
const picture = Buffer.from([0xff, 0xd8, 0xff, 0, 10, 13, 10, 13, 10, 10, 32, 9, 200, 0]);
const bytes = new Budget(1_000_000);

let server: ScriptedServer;
let fetcher: Fetcher | undefined;
beforeAll(async () => {
  server = await startScriptedServer();
});
afterEach(() => fetcher?.close());
afterAll(() => server.close());

function open(): Fetcher {
  const opened = createFetcher({
    bytes,
    timeoutMs: 5000,
    totalTimeoutMs: 10_000,
    maxImageBytes: 100_000,
    allowPrivateNetwork: true,
    maxInFlight: 1,
    robots: "ignore",
    userAgent: "prep/test",
  });
  fetcher = opened;
  return opened;
}

const plain = (head: string) => Buffer.concat([Buffer.from(head, "latin1"), picture]);
const length = `Content-Length: ${picture.length}`;
const packed = gzipSync(picture);
const chunked = (body: Buffer) =>
  Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from("\r\n0\r\n\r\n", "latin1")]);

const TAKEN: readonly (readonly [string, Buffer])[] = [
  ["nothing odd", plain(`HTTP/1.1 200 OK\r\n${length}\r\n\r\n`)],
  ["one length twice", plain(`HTTP/1.1 200 OK\r\n${length}\r\nX-A: b\r\n${length}\r\n\r\n`)],
  ["lines that end with LF alone", plain(`HTTP/1.1 200 OK\nX-A: b\n${length}\n\n`)],
  ["both kinds of lines", plain(`HTTP/1.1 200 OK\r\nX-A: b\n${length}\r\n\n`)],
  ["a folded line", plain(`HTTP/1.1 200 OK\r\nX-A: b\r\n  c\r\n\td\r\n${length}\r\n\r\n`)],
  ["a 100 that nobody asked for", plain(`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n${length}\r\n\r\n`)],
  [
    "two of these and a 103",
    plain(
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 100 Continue\r\nX: y\r\n\r\nHTTP/1.1 200 OK\n${length}\n\n`,
    ),
  ],
  [
    "a length beside chunks",
    Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n`), chunked(picture)]),
  ],
  ["a transfer that is not coded", plain(`HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n${length}\r\n\r\n`)],
];

/** In how many pieces a response comes. */
const PIECES = ["at once", "byte for byte"] as const;

function step(response: Buffer, pieces: (typeof PIECES)[number]): Step {
  if (pieces === "at once") return { raw: response };
  return {
    raw: (socket) => {
      socket.setNoDelay(true);
      let at = 0;
      const send = (): void => {
        if (at >= response.length) return void socket.end();
        socket.write(response.subarray(at, ++at), () => setImmediate(send));
      };
      send();
    },
  };
}

async function fetched(path: string): Promise<Buffer | string> {
  const result = await open().fetch(server.url(path), never);
  if (!result.ok) return result.failure.code;
  const body = Buffer.from(result.body);
  result.release();
  return body;
}

describe.each(PIECES)("a response that comes %s", (pieces) => {
  it.each(TAKEN)("with %s is accepted", async (_, response) => {
    server.route("/odd", step(response, pieces));
    expect(await fetched("/odd")).toEqual(picture);
  });

  it.runIf(hasCurl).each(TAKEN)("with %s is what curl takes, too", async (_, response) => {
    server.route("/odd", step(response, pieces));
    const { stdout } = await run("curl", ["--silent", "--fail", "--max-time", "20", server.url("/odd")], { encoding: "buffer" });
    expect(stdout).toEqual(picture);
  });

  it.each(["gzip, chunked", "gzip,chunked", "x-gzip, chunked"])("with the transfer coded as %s is unpacked", async (coding) => {
    const head = Buffer.from(`HTTP/1.1 200 OK\r\nTransfer-Encoding: ${coding}\r\n\r\n`);
    server.route("/packed", step(Buffer.concat([head, chunked(packed)]), pieces));
    expect(await fetched("/packed")).toEqual(picture);
  });
});

describe("repairResponseHeads", () => {
  it("does not reuse a connection after a repaired head, and reuses one without", async () => {
    const odd: Step = { raw: (socket) => void socket.write(plain(`HTTP/1.1 200 OK\nConnection: keep-alive\n${length}\n\n`)) };
    server.route("/odd", odd);
    server.route("/even", { body: picture });
    const before = server.connections();
    const opened = open();
    for (const path of ["/odd", "/odd", "/even", "/even", "/even"]) {
      const result = await opened.fetch(server.url(path), never);
      expect(result.ok).toBe(true);
      if (result.ok) result.release();
    }
    expect(server.connections() - before).toBe(3);
  });

  it("leaves a body alone that looks like a head", async () => {
    const body = `HTTP/1.1 100 Continue\n\n${length}\n${length}\n\n`;
    server.route("/even", { body });
    expect(String(await fetched("/even"))).toBe(body);
  });

  it("keeps two different lengths, which the parser refuses", () => {
    const head = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n";
    expect(repairedHead(head)).toContain("Content-Length: 3\r\nContent-Length: 4\r\n");
  });
});
