// The web site of the fault tests, which gives every request a body of its own.
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { type DnsAnswer, startDnsServer } from "../../../src/demo/dns-server.ts";
import { type ScriptedServer, type Step, startScriptedServer } from "../fetch/scripted-server.ts";
import { writeParquet } from "../parquet.ts";
import { paintPicture } from "../transform/painted-picture.ts";
import { openRelay, type Relay } from "./relay.ts";

/** An input row and how it must end. */
export interface KnownRow {
  readonly url: string;
  readonly caption: string;
  readonly isSuccess: boolean;
  /** Its server answers 500 while it is busy. */
  readonly isBusy: boolean;
}

/** Whether servers are busy; `was` allows rows to have failed before. */
export type Busy = "yes" | "was" | "no";

/** A running site. Of every ten rows, one is answered 404 and one is no picture. */
export interface Site {
  readonly server: ScriptedServer;
  /** All requests pass this relay. */
  readonly relay: Relay;
  readonly rows: readonly KnownRow[];
  /** Tests set whether the servers of busy rows are busy. */
  busy: Busy;
  /** The path of the request that was answered with this body; undefined if there was none. */
  requestOf(sha256: string): string | undefined;
  /** Options of `prep download` that resolve the names of the hosts. */
  readonly options: readonly string[];
  /** Writes the rows as a list for `prep download`; returns its path. */
  writeList(path: string): Promise<string>;
  close(): Promise<void>;
}

/** How a site answers. */
export interface SiteOptions {
  readonly rows: number;
  readonly delayMs?: number;
  /** Width and height of the picture in pixels, by default 48; with 600 a body has about 60 kB. */
  readonly pictureSide?: number;
  /** Spreads the rows over this many host names; by default all have one address. */
  readonly hosts?: number;
  /** The present answer of the name server; by default 127.0.0.1. */
  readonly name?: () => DnsAnswer;
  /** May return another answer than the picture, by the number of the request. */
  readonly interfere?: (request: number) => Step | undefined;
  /** The server of every fifth row is busy at the start and answers 500. */
  readonly isBusy?: boolean;
  /** Whether `requestOf` knows the bodies; off for millions of rows. */
  readonly remembersBodies?: boolean;
}

const PICTURE = "/picture.jpg";
const GONE = "/gone.jpg";
const BUSY = "/busy.jpg";
const PAGE = "/page.jpg";

/**
 * Starts a site. Each body is one JPEG with a comment segment that names the row and the number of the request. Two
 * attempts at a row never get equal bytes, so the bytes in a shard show which attempt made it.
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
