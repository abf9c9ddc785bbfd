// HTTP server on loopback that paints the pictures its paths ask for, and fails as the web does.
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { BEHAVIOURS, type Behaviour, behaviourOf } from "./behaviours.ts";
import { Painter } from "./painter.ts";
import { pictureOf } from "./served-picture.ts";

/** Requests by what was done with them. The request behind a redirect is not counted again. */
export type BehaviourCounts = Readonly<Record<Behaviour, number>>;

/** A running picture server. */
export interface PictureServer {
  readonly port: number;
  counts(): BehaviourCounts;
  /** Ends at once, whatever is under way. */
  close(): Promise<void>;
}

/** How a picture server serves. */
export interface PictureServerOptions {
  readonly seed: string;
  /** False serves every picture well. */
  readonly misbehaves?: boolean;
}

const STATUS: Partial<Record<Behaviour, number>> = { notFound: 404, forbidden: 403, gone: 410, serverError: 500 };
const HEADERS: Partial<Record<Behaviour, Record<string, string>>> = {
  noAi: { "x-robots-tag": "noai, noimageai" },
  tdmReserved: { "tdm-reservation": "1" },
};
const TYPES = { jpg: "image/jpeg", png: "image/png", webp: "image/webp" } as const;
const PAGE = "<!DOCTYPE html><html><head><title>Moved</title></head><body><h1>This picture has moved</h1></body></html>";
const REDIRECTED = "/served";
const HANG_MS = 3000;

/** Starts the server on a free port of 127.0.0.1. */
export async function startPictureServer(options: PictureServerOptions): Promise<PictureServer> {
  const { seed, misbehaves = true } = options;
  const counts = Object.fromEntries(BEHAVIOURS.map((behaviour) => [behaviour, 0])) as Record<Behaviour, number>;
  const painter = new Painter(digest(seed).readUInt32BE(0));
  const askedBefore = new Set<string>();

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const asked = request.url ?? "/";
    if (asked.startsWith("/loop/")) return redirect(response, `/loop/${Number(asked.slice(6)) + 1}`);
    const isRedirected = asked.startsWith(`${REDIRECTED}/`);
    const path = isRedirected ? asked.slice(REDIRECTED.length) : asked;
    const place = digest(`${seed} ${path}`);
    const picture = pictureOf(path, place.readUInt16BE(4) / 65_536);
    const planned = isRedirected || !misbehaves ? "fine" : behaviourOf(path, seed);
    const isSecond = planned === "busyFirst" && askedBefore.has(path);
    const behaviour = picture === undefined ? "notFound" : isSecond ? "fine" : planned;
    if (!isRedirected) counts[behaviour] += 1;

    if (behaviour === "hang") return void pause(HANG_MS).then(() => request.socket.destroy());
    if (behaviour === "reset") return void request.socket.resetAndDestroy();
    if (behaviour === "redirect") return redirect(response, `${REDIRECTED}${path}`);
    if (behaviour === "redirectLoop") return redirect(response, "/loop/1");
    if (behaviour === "busyFirst") {
      askedBefore.add(path);
      return void response.writeHead(429, { "retry-after": "1" }).end();
    }
    if (behaviour === "html") return void response.writeHead(200, { "content-type": "image/jpeg" }).end(PAGE);
    if (behaviour === "slow") await pause(300 + (place.readUInt16BE(6) % 500));
    if (STATUS[behaviour] !== undefined || picture === undefined) return void response.writeHead(STATUS[behaviour] ?? 404).end("no\n");

    const { width, height, format } = picture;
    const body = await painter.picture(width, height, format, place.readUInt32BE(8), `prep demo ${place.toString("hex", 0, 16)}`);
    response.writeHead(200, { "content-type": TYPES[format], "content-length": body.length, ...HEADERS[behaviour] });
    if (behaviour === "cut") response.write(body.subarray(0, body.length >> 1), () => request.socket.destroySoon());
    else response.end(request.method === "HEAD" ? undefined : body);
  };

  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  // Longer than any client keeps a connection, so that none is closed under a request.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    counts: () => ({ ...counts }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(302, { location }).end();
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
