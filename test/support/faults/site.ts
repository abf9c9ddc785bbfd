// The web site of the fault tests: every answer is unlike every other one, and the list of what was asked for is known.
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { type DnsAnswer, startDnsServer } from "../../../src/demo/dns-server.ts";
import { type ScriptedServer, type Step, startScriptedServer } from "../fetch/scripted-server.ts";
import { writeParquet } from "../parquet.ts";
import { paintPicture } from "../transform/painted-picture.ts";
import { openRelay, type Relay } from "./relay.ts";

/** An input row, and what must become of it. */
export interface KnownRow {
  readonly url: string;
  readonly caption: string;
  readonly isSuccess: boolean;
  /** Its server fails while it is busy. */
  readonly isBusy: boolean;
}

/** Whether servers are busy; or that they were until now, so that some rows may have failed of it. */
export type Busy = "yes" | "was" | "no";

/** A running site with as many rows as asked for, of which every tenth fails for good. */
export interface Site {
  readonly server: ScriptedServer;
  /** All requests pass this relay. */
  readonly relay: Relay;
  readonly rows: readonly KnownRow[];
  /** Where the site has rows that can be busy, as it is told. */
  busy: Busy;
  /** The number of the request that was answered by this body, if one was. */
  requestOf(sha256: string): string | undefined;
  /** Where the hosts' names are known: options of `prep download`. */
  readonly options: readonly string[];
  /** Writes the rows as a list that `prep download` takes; returns its path. */
  writeList(path: string): Promise<string>;
  close(): Promise<void>;
}

/** How a site answers. */
export interface SiteOptions {
  readonly rows: number;
  readonly delayMs?: number;
  /** Width and height of the picture, 48 unless given; the rest of a side of 600 is about 60 kB. */
  readonly pictureSide?: number;
  /** Spread the rows over so many hosts, whose names only `dnsServer` knows; else all are on one address. */
  readonly hosts?: number;
  /** What the name server says at the moment; 127.0.0.1 unless given. */
  readonly name?: () => DnsAnswer;
  /** Asked before each answer: a step in place of the picture. */
  readonly interfere?: (request: number) => Step | undefined;
  /** Every fifth row's server is busy at the start, and fails with 500 until it is told not to be. */
  readonly isBusy?: boolean;
  /** Whether bodies are remembered for `requestOf`; off for millions of them. */
  readonly remembersBodies?: boolean;
}

const PICTURE = "/picture.jpg";
const GONE = "/gone.jpg";
const BUSY = "/busy.jpg";
const PAGE = "/page.jpg";

/**
 * Starts a site. Each body is the same picture with the row and the number of the request written behind the picture's end
 * marker's place in a comment, so that two attempts at a row never get equal bytes: a shard's bytes tell which attempt asked.
 */
export async function startSite(options: SiteOptions): Promise<Site> {
  const picture = await paintPicture(options.pictureSide ?? 48, options.pictureSide ?? 48);
  const requests = new Map<string, string>();
  let asked = 0;
  const state: { busy: Busy } = { busy: options.isBusy ? "yes" : "no" };
  const answer = (_number: number, request: IncomingMessage): Step => {
    asked += 1;
    const step = options.interfere?.(asked);
    if (step) return step;
    const body = withComment(picture, `row ${request.url} request ${asked}`);
    if (options.remembersBodies !== false) requests.set(createHash("sha256").update(body).digest("hex"), request.url ?? "");
    return { body, ...(options.delayMs === undefined ? {} : { delayMs: options.delayMs }) };
  };
  const server = await startScriptedServer({
    [PICTURE]: answer,
    [BUSY]: (number, request) => (state.busy === "yes" ? { status: 500 } : answer(number, request)),
    [GONE]: { status: 404 },
    [PAGE]: { body: "<html>no picture</html>" },
  });
  const relay = await openRelay(server.port);
  const isBusy = (row: number) => options.isBusy === true && row % 5 === 1;
  const pathOf = (row: number) => (row % 10 === 3 ? GONE : row % 10 === 7 ? PAGE : isBusy(row) ? BUSY : PICTURE);
  const { hosts = 0 } = options;
  const dns = hosts > 0 ? await startDnsServer({ answer: options.name ?? (() => "127.0.0.1") }) : undefined;
  const originOf = (row: number) => (hosts > 0 ? `http://host${row % hosts}.test:${relay.port}` : `http://127.0.0.1:${relay.port}`);
  const rows = Array.from({ length: options.rows }, (_, row) => ({
    url: `${originOf(row)}${pathOf(row)}?${row}`,
    caption: `caption ${row}`,
    isSuccess: pathOf(row) === PICTURE,
    isBusy: isBusy(row),
  }));
  const origin = hosts > 0 ? `'http://host' || i % ${hosts} || '.test:${relay.port}'` : `'http://127.0.0.1:${relay.port}'`;
  const busyPath = options.isBusy ? `WHEN 1 THEN '${BUSY}' WHEN 6 THEN '${BUSY}'` : "";
  const path = `CASE i % 10 WHEN 3 THEN '${GONE}' WHEN 7 THEN '${PAGE}' ${busyPath} ELSE '${PICTURE}' END`;
  return {
    server,
    relay,
    rows,
    get busy() {
      return state.busy;
    },
    set busy(busy) {
      state.busy = busy;
    },
    requestOf: (sha256) => requests.get(sha256),
    writeList: (file) =>
      writeParquet(file, `SELECT ${origin} || ${path} || '?' || i AS url, 'caption ' || i AS caption FROM range(${options.rows}) r(i)`),
    options: dns ? ["--dns-server", dns.address] : [],
    close: async () => {
      await dns?.close();
      await relay.close();
      await server.close();
    },
  };
}

/** A JPEG with a comment segment after its start marker. */
function withComment(jpeg: Buffer, text: string): Buffer {
  const segment = Buffer.alloc(4 + text.length);
  segment.writeUInt16BE(0xfffe, 0);
  segment.writeUInt16BE(2 + text.length, 2);
  segment.write(text, 4, "latin1");
  return Buffer.concat([jpeg.subarray(0, 2), segment, jpeg.subarray(2)]);
}
