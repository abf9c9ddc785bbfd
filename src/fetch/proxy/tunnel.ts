// Opens a connection through a proxy, which is asked for the very address that was checked.
import { promises as dns, type LookupAddress } from "node:dns";
import { request } from "node:http";
import { isIPv6, type LookupFunction, type Socket } from "node:net";
import { buildConnector } from "undici";
import { ExpiringCache } from "../expiring-cache.ts";
import { FailureError, MACHINE_ERRORS } from "../failure-error.ts";
import type { HttpProxy } from "./proxy.ts";

/** Largest head of a proxy's answer in bytes, as of any server's. */
const MAX_HEAD_BYTES = 16 * 1024;

/** How long a proxy's addresses are kept, because the system's look-up takes a thread each time. */
const ADDRESSES_LIFETIME_MS = 30_000;
const NO_ADDRESSES_LIFETIME_MS = 1000;

/** Opens a connection to a proxy. Rejects with a FailureError of `connect_refused` or `connect_timeout`. */
export type ReachProxy = (proxy: HttpProxy) => Promise<Socket>;

/** Opens connections to proxies. Their addresses are the user's choice and are not checked. Each connection may take `timeoutMs`. */
export function createReachProxy(timeoutMs: number): ReachProxy {
  const connect = buildConnector({ timeout: timeoutMs, lookup: rememberingLookup() });
  return ({ hostname, port, name }) =>
    new Promise((resolve, reject) => {
      connect({ hostname, host: `${hostname}:${port}`, protocol: "http:", port: String(port) }, (error, socket) => {
        if (socket) return resolve(socket);
        const code = error && "code" in error ? String(error.code) : "";
        if (MACHINE_ERRORS.has(code)) return reject(error);
        const isLate = code === "UND_ERR_CONNECT_TIMEOUT" || code === "ETIMEDOUT";
        const detail = `the proxy ${name} cannot be reached: ${error?.message}`;
        return reject(new FailureError(isLate ? "connect_timeout" : "connect_refused", detail));
      });
    });
}

/** The system's look-up, because only this machine's files or search list may know a proxy's name. */
function rememberingLookup(): LookupFunction {
  const known = new ExpiringCache<Promise<LookupAddress[]>>(4);
  const find = (hostname: string) => {
    const found = known.get(hostname);
    if (found) return found;
    const addresses = dns.lookup(hostname, { all: true });
    known.set(hostname, addresses, ADDRESSES_LIFETIME_MS);
    addresses.catch(() => known.set(hostname, addresses, NO_ADDRESSES_LIFETIME_MS));
    return addresses;
  };
  return (hostname, { all }, callback) => {
    find(hostname).then(
      (addresses) => (all ? callback(null, addresses) : callback(null, addresses[0]?.address ?? "", addresses[0]?.family)),
      (error: NodeJS.ErrnoException) => callback(error, ""),
    );
  };
}

/**
 * Asks a proxy for a connection to `authority`, over a socket that `ReachProxy` opened. Resolves with the status of its answer.
 * Rejects with a FailureError: `connect_timeout` for silence of `timeoutMs`, `connection_reset` if it closes the connection,
 * `connect_refused` if its answer is not HTTP.
 */
export function askProxy(socket: Socket, { authorization }: HttpProxy, authority: string, timeoutMs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const connect = request({
      method: "CONNECT",
      path: authority,
      headers: { host: authority, connection: "keep-alive", ...(authorization ? { "proxy-authorization": authorization } : {}) },
      maxHeaderSize: MAX_HEAD_BYTES,
      createConnection: () => socket,
    });
    const timer = setTimeout(() => {
      connect.destroy(new FailureError("connect_timeout", `the proxy did not answer within ${timeoutMs} ms`));
    }, timeoutMs);
    connect
      .once("close", () => clearTimeout(timer))
      .once("connect", ({ statusCode = 0 }, _, early) => {
        // Nobody has been asked anything yet.
        if (early.length > 0 && isOpened(statusCode)) reject(new FailureError("connect_refused", "the proxy says more than it was asked"));
        else resolve(statusCode);
      })
      .on("error", (error: Error & { code?: string }) => {
        if (error instanceof FailureError) return reject(error);
        const isMalformed = error.code?.startsWith("HPE_");
        return reject(
          isMalformed
            ? new FailureError("connect_refused", `the proxy's answer is no HTTP: ${error.message}`)
            : new FailureError("connection_reset", "the proxy closed the connection instead of answering"),
        );
      })
      .end();
  });
}

/** Opens a connection through a proxy to a numeric address and port. Rejects with a FailureError. */
export type OpenTunnel = (proxy: HttpProxy, address: string, port: string) => Promise<Socket>;

/** Creates the opener of tunnels. Each of the two steps of a tunnel may take `timeoutMs`. */
export function createOpenTunnel(timeoutMs: number): OpenTunnel {
  const reach = createReachProxy(timeoutMs);
  return async (proxy, address, port) => {
    const socket = await reach(proxy);
    const authority = `${isIPv6(address) ? `[${address}]` : address}:${port}`;
    try {
      const status = await askProxy(socket, proxy, authority, timeoutMs);
      if (isOpened(status)) return socket;
      throw new FailureError(status === 504 ? "connect_timeout" : "connect_refused", `the proxy answers ${status} to CONNECT ${authority}`);
    } catch (error) {
      socket.destroy();
      throw error;
    }
  };
}

const isOpened = (status: number) => status >= 200 && status < 300;
