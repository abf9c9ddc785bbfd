// Loopback servers that act as the hub's API and CDN, and misbehave when a test asks.
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What goes wrong with one answer of the CDN; empty for a good answer. */
export interface Mishap {
  readonly status?: number;
  readonly retryAfter?: string;
  /** Close the connection after this many bytes. */
  readonly cutAfterBytes?: number;
  /** The cut waits for this, for instance until the bytes before it are stored. */
  readonly beforeCut?: () => Promise<void>;
  /** Send these bytes instead of the file's. */
  readonly instead?: Buffer;
  /** Answer a range with the whole file. */
  readonly ignoresRange?: boolean;
  /** Send this many bytes and then nothing more. */
  readonly stallAfterBytes?: number;
}

/** A data set on the hub. */
export interface HubDataset {
  readonly commit: string;
  readonly files: ReadonlyMap<string, Buffer>;
  /** Accounts (tokens) that accepted the terms; absent for an open set. */
  readonly gate?: readonly string[];
  /** The commit of `main` after it has moved. */
  readonly main?: string;
  /** False sizes in the list. */
  readonly claimedBytes?: number;
}

/** A request that was received. */
export interface SeenRequest {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
}

/** The running servers. */
export interface HubServer {
  readonly endpoint: string;
  readonly hubRequests: SeenRequest[];
  readonly cdnRequests: SeenRequest[];
  readonly datasets: Map<string, HubDataset>;
  /** Called for every answer of the CDN, with its number for that file, from 1. */
  mishap: (path: string, attempt: number) => Mishap | undefined;
  /** Called for every answer of the API. */
  apiMishap: (path: string, attempt: number) => Mishap | undefined;
  /** Another origin on which pages continue. */
  nextPageOrigin: string | undefined;
  /** Removes all misbehaviour and forgets past requests. */
  reset(): void;
  close(): Promise<void>;
}

const PAGE_FILES = 3;
const BIG_BYTES = 1000;

/** Starts the hub and its CDN. Files of at least 1,000 bytes are in LFS and come from the CDN. */
export async function startHubServer(datasets: Readonly<Record<string, HubDataset>>): Promise<HubServer> {
  const attempts = new Map<string, number>();
  const nextAttempt = (path: string) => {
    attempts.set(path, (attempts.get(path) ?? 0) + 1);
    return attempts.get(path) ?? 0;
  };
  const seen = (request: IncomingMessage): SeenRequest => ({
    path: request.url ?? "",
    authorization: request.headers.authorization,
    range: request.headers.range,
    ifRange: request.headers["if-range"] as string | undefined,
  });
  const cdn = createServer((request, response) => {
    state.cdnRequests.push(seen(request));
    const digest = (request.url ?? "").slice(1);
    const found = [...state.datasets.values()].flatMap(({ files }) => [...files]).find(([, bytes]) => sha256(bytes) === digest);
    if (!found) return void response.writeHead(404).end();
    const [path, bytes] = found;
    send(request, response, bytes, state.mishap(path, nextAttempt(`cdn ${path}`)));
  });
  const hub = createServer((request, response) => {
    state.hubRequests.push(seen(request));
    answer(request, response);
  });
  const cdnOrigin = await listen(cdn);
  const endpoint = await listen(hub);
  const state: HubServer = {
    ...{ endpoint, hubRequests: [], cdnRequests: [], datasets: new Map(Object.entries(datasets)) },
    mishap: () => undefined,
    apiMishap: () => undefined,
    nextPageOrigin: undefined,
    reset: () => {
      attempts.clear();
      state.mishap = () => undefined;
      state.apiMishap = () => undefined;
      state.nextPageOrigin = undefined;
      state.hubRequests.length = 0;
      state.cdnRequests.length = 0;
    },
    close: async () => {
      await Promise.all([hub, cdn].map((server) => new Promise((resolve) => server.close(resolve).closeAllConnections())));
    },
  };

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? "/", endpoint);
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
    const [, api, name = "", verb, rest = ""] =
      /^\/(api\/)?datasets\/([^/]+\/[^/]+)\/(revision|tree|resolve)\/(.*)$/.exec(url.pathname) ?? [];
    const refuse = (status: number, code: string, message: string) =>
      void response.writeHead(status, { "X-Error-Code": code, "X-Error-Message": message }).end(JSON.stringify({ error: message }));
    if (token === "revoked")
      return void response.writeHead(401, { "X-Error-Message": "Invalid credentials in Authorization header" }).end();
    if (api) {
      const mishap = state.apiMishap(url.pathname, nextAttempt(`api ${url.pathname}`));
      if (mishap?.status)
        return void response.writeHead(mishap.status, mishap.retryAfter ? { "Retry-After": mishap.retryAfter } : {}).end();
    }
    if (name === "old/name") return void response.writeHead(307, { Location: request.url?.replace("old/name", "org/open") }).end();
    const dataset = state.datasets.get(name);
    if (!dataset)
      return void (token
        ? refuse(404, "RepoNotFound", "Repository not found")
        : refuse(401, "RepoNotFound", "Invalid username or password."));
    const [revision = "", ...path] = rest.split("/").map(decodeURIComponent);
    if (revision !== "main" && revision !== dataset.commit) return void refuse(404, "RevisionNotFound", `Invalid rev id: ${revision}`);
    if (verb === "revision")
      return void json(response, {
        id: name,
        sha: revision === "main" ? (dataset.main ?? dataset.commit) : revision,
        gated: dataset.gate ? "auto" : false,
      });
    if (verb === "tree") return void list(response, dataset, url);
    if (dataset.gate && !token)
      return void refuse(401, "GatedRepo", `Access to dataset ${name} is restricted. You must be authenticated to access it.`);
    if (dataset.gate && !dataset.gate.includes(token ?? ""))
      return void refuse(403, "GatedRepo", `Access to dataset ${name} is restricted and you are not in the authorized list.`);
    const bytes = dataset.files.get(path.join("/"));
    if (!bytes) return void refuse(404, "EntryNotFound", "Entry not found");
    if (bytes.length < BIG_BYTES) return void send(request, response, bytes, undefined);
    response.writeHead(302, {
      Location: `${cdnOrigin}/${sha256(bytes)}`,
      "X-Linked-Etag": `"${sha256(bytes)}"`,
      "X-Linked-Size": bytes.length,
      "X-Repo-Commit": dataset.commit,
    });
    response.end();
  }

  function list(response: ServerResponse, { files, claimedBytes }: HubDataset, url: URL): void {
    const all = [...files].sort(([left], [right]) => (left < right ? -1 : 1));
    const start = Number(url.searchParams.get("cursor") ?? 0);
    const next = new URL(url);
    next.searchParams.set("cursor", String(start + PAGE_FILES));
    const link =
      start + PAGE_FILES < all.length ? { Link: `<${state.nextPageOrigin ?? endpoint}${next.pathname}${next.search}>; rel="next"` } : {};
    const entries = all.slice(start, start + PAGE_FILES).map(([path, bytes]) => {
      const size = claimedBytes ?? bytes.length;
      const lfs = bytes.length >= BIG_BYTES ? { lfs: { oid: sha256(bytes), size, pointerSize: 134 } } : {};
      return { type: "file", oid: createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex"), size, path, ...lfs };
    });
    json(response, [...entries, { type: "directory", oid: "0".repeat(40), size: 0, path: "data" }], link);
  }

  return state;
}

function send(request: IncomingMessage, response: ServerResponse, bytes: Buffer, mishap: Mishap | undefined): void {
  if (mishap?.status) return void response.writeHead(mishap.status, mishap.retryAfter ? { "Retry-After": mishap.retryAfter } : {}).end();
  const etag = `"${sha256(bytes).slice(0, 32)}"`;
  const asked = mishap?.ignoresRange ? undefined : /^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1];
  const isSame = request.headers["if-range"] === undefined || request.headers["if-range"] === etag;
  const start = asked !== undefined && isSame ? Number(asked) : 0;
  if (start >= bytes.length && start > 0) return void response.writeHead(416, { "Content-Range": `bytes */${bytes.length}` }).end();
  const body = (mishap?.instead ?? bytes).subarray(start);
  response.writeHead(start > 0 ? 206 : 200, {
    "Content-Length": body.length,
    ETag: etag,
    ...(start > 0 ? { "Content-Range": `bytes ${start}-${bytes.length - 1}/${bytes.length}` } : {}),
  });
  const part = mishap?.cutAfterBytes ?? mishap?.stallAfterBytes;
  if (part === undefined) return void response.end(body);
  response.write(body.subarray(0, part), () => {
    if (mishap?.cutAfterBytes !== undefined) void (mishap.beforeCut?.() ?? Promise.resolve()).then(() => response.socket?.end());
  });
}

function json(response: ServerResponse, value: unknown, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(200, { "Content-Type": "application/json", ...headers }).end(JSON.stringify(value));
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** SHA-256 in hex. */
export function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
