// The web site of the fault tests: every answer is unlike every other one, and the list of what was asked for is known.
import { createHash } from "node:crypto";
import { type DnsAnswer, startDnsServer } from "../../../src/demo/dns-server.ts";
import { writeParquet } from "../../support/parquet.ts";
import { paintPicture } from "../../support/pictures.ts";
import { type ScriptedServer, type Step, startScriptedServer } from "../../support/scripted-server.ts";
import { type Line, openLine } from "./line.ts";

/** An input row, and what must become of it. */
export interface KnownRow {
  readonly url: string;
  readonly caption: string;
  readonly isSuccess: boolean;
}

/** A running site with as many rows as asked for, of which every tenth fails for good. */
export interface Site {
  readonly server: ScriptedServer;
  /** What all requests go through. */
  readonly line: Line;
  readonly rows: readonly KnownRow[];
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
  /** Whether bodies are remembered for `requestOf`; off for millions of them. */
  readonly remembersBodies?: boolean;
}

const PICTURE = "/picture.jpg";
const GONE = "/gone.jpg";
const PAGE = "/page.jpg";

/**
 * Starts a site. Each body is the same picture with the row and the number of the request written behind the picture's end
 * marker's place in a comment, so that two attempts at a row never get equal bytes: a shard's bytes tell which attempt asked.
 */
export async function startSite(options: SiteOptions): Promise<Site> {
  const picture = await paintPicture(options.pictureSide ?? 48, options.pictureSide ?? 48);
  const requests = new Map<string, string>();
  let asked = 0;
  const server = await startScriptedServer({
    [PICTURE]: (_number, request) => {
      asked += 1;
      const step = options.interfere?.(asked);
      if (step) return step;
      const body = withComment(picture, `row ${request.url} request ${asked}`);
      if (options.remembersBodies !== false) requests.set(createHash("sha256").update(body).digest("hex"), request.url ?? "");
      return { body, ...(options.delayMs === undefined ? {} : { delayMs: options.delayMs }) };
    },
    [GONE]: { status: 404 },
    [PAGE]: { body: "<html>no picture</html>" },
  });
  const line = await openLine(server.port);
  const pathOf = (row: number) => (row % 10 === 3 ? GONE : row % 10 === 7 ? PAGE : PICTURE);
  const { hosts = 0 } = options;
  const dns = hosts > 0 ? await startDnsServer({ answer: options.name ?? (() => "127.0.0.1") }) : undefined;
  const originOf = (row: number) => (hosts > 0 ? `http://host${row % hosts}.test:${line.port}` : `http://127.0.0.1:${line.port}`);
  const rows = Array.from({ length: options.rows }, (_, row) => ({
    url: `${originOf(row)}${pathOf(row)}?${row}`,
    caption: `caption ${row}`,
    isSuccess: pathOf(row) === PICTURE,
  }));
  const origin = hosts > 0 ? `'http://host' || i % ${hosts} || '.test:${line.port}'` : `'http://127.0.0.1:${line.port}'`;
  const path = `CASE i % 10 WHEN 3 THEN '${GONE}' WHEN 7 THEN '${PAGE}' ELSE '${PICTURE}' END`;
  return {
    server,
    line,
    rows,
    requestOf: (sha256) => requests.get(sha256),
    writeList: (file) =>
      writeParquet(file, `SELECT ${origin} || ${path} || '?' || i AS url, 'caption ' || i AS caption FROM range(${options.rows}) r(i)`),
    options: dns ? ["--dns-server", dns.address] : [],
    close: async () => {
      await dns?.close();
      await line.close();
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
