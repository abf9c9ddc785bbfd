// Opens every connection, to the very address that was checked.
import { isIP, type Socket } from "node:net";
import { createSecureContext } from "node:tls";
import { buildConnector } from "undici";
import { FailureError } from "../failure-error.ts";
import type { Destination, HttpProxy } from "../proxy/proxy.ts";
import { createOpenTunnel } from "../proxy/tunnel.ts";
import { repairResponseHeads } from "../response-head-repair.ts";
import { addressRefusal, SECOND_LAYER } from "./addresses.ts";
import type { Resolver } from "./resolver.ts";

/** What may be connected to, and how. */
export interface ConnectorOptions {
  readonly resolver: Pick<Resolver, "resolve">;
  /** Switches the check of addresses off. */
  readonly allowPrivateNetwork: boolean;
  /** Time in milliseconds for TCP and TLS together, for each address tried. A proxy has this time for each of its own steps in addition. */
  readonly timeoutMs: number;
  /** Accepts any certificate. */
  readonly insecureTls: boolean;
  /**
   * The proxy for a connection, undefined for a direct one. It is asked for the checked address; the proxy's own address is not
   * checked.
   */
  readonly proxyFor?: (destination: Destination) => HttpProxy | undefined;
  /** Opens a connection to a checked address in place of undici; tests listen here. */
  readonly open?: buildConnector.connector;
}

// A host's second address is tried if the first refuses; a third would rarely answer.
const MAX_ADDRESSES_TRIED = 2;

/** TLS sessions kept for hosts that come again, 2 to 5 kB each. */
const MAX_SESSIONS = 1000;

/** The code that replaces ECONNRESET in the error of a reset connection; see `renameReset`. */
export const RESET_CODE = "PREP_CONNECTION_RESET";

/** A certificate for another name. undici handles this error in its own way, after which the queued requests are never answered. */
const WRONG_NAME = "ERR_TLS_CERT_ALTNAME_INVALID";

const brokenAfterUse = new WeakSet<Error>();

/** Errors of a connection that the server closed. Silence on an open connection is not among them. */
const CLOSED = new Set([RESET_CODE, "ECONNABORTED", "EPIPE", "UND_ERR_SOCKET"]);

/** True if a connection broke after data had come over it. It may simply have been stale when its next request was sent. */
export function brokeAfterUse(error: unknown): boolean {
  return error instanceof Error && brokenAfterUse.has(error);
}

/** A connector for undici. Fails with a FailureError: `blocked_address` for a refused target, `dns_*` for a name without an address. */
export function createConnector(options: ConnectorOptions): buildConnector.connector {
  const open =
    options.open ??
    buildConnector({
      timeout: options.timeoutMs,
      rejectUnauthorized: !options.insecureTls,
      // One context for all connections: building one costs more than the rest of a handshake.
      secureContext: createSecureContext(),
      maxCachedSessions: MAX_SESSIONS,
      // The second layer: Node >= 22.13 checks this list as well, older versions ignore it.
      ...(options.allowPrivateNetwork ? {} : { blockList: SECOND_LAYER }),
    });

  const openTunnel = createOpenTunnel(options.timeoutMs);
  const openAt = (address: string, target: buildConnector.Options, callback: buildConnector.Callback) => {
    const proxy = options.proxyFor?.({ ...target, port: target.port ?? "" });
    if (!proxy) return open({ ...target, hostname: address }, callback);
    const isSecure = target.protocol === "https:";
    openTunnel(proxy, address, target.port || (isSecure ? "443" : "80")).then(
      (socket) => (isSecure ? open({ ...target, hostname: address, httpSocket: socket }, callback) : callback(null, socket)),
      (error: Error) => callback(error, null),
    );
  };

  const keep = sessionKeeper();
  const connect = (target: buildConnector.Options, addresses: readonly string[], callback: buildConnector.Callback) => {
    const [address = "", ...others] = addresses;
    openAt(address, target, (...outcome) => {
      const [error, socket] = outcome;
      if (error && others.length > 0 && isUnreachable(error)) return connect(target, others, callback);
      if (socket) {
        renameReset(socket);
        repairResponseHeads(socket);
      }
      if (target.protocol === "https:") socket?.on("session", keep);
      if (error && errorCode(error) === WRONG_NAME) return callback(new FailureError("tls_invalid", error.message), null);
      return callback(...outcome);
    });
  };

  return (target, callback) => {
    checkedAddresses(target.hostname, options).then(
      (addresses) => connect(target, addresses, callback),
      (error: Error) => callback(error, null),
    );
  };
}

/** Start-up self-test: rejects unless this connector refuses loopback addresses, so that no version of Node or undici fails open. */
export async function assertGuard(connector: buildConnector.connector): Promise<void> {
  for (const hostname of ["127.0.0.1", "::1", "::ffff:127.0.0.1"]) {
    const error = await new Promise<Error | null>((resolve) => {
      // Port 9, discard: if the guard is broken, no service receives the request.
      connector({ hostname, host: hostname, protocol: "http:", port: "9" }, (failed, socket) => {
        socket?.destroy();
        resolve(failed);
      });
    });
    if (!(error instanceof FailureError) || error.failure.code !== "blocked_address") {
      throw new Error(`the address guard let ${hostname} through`, { cause: error });
    }
  }
}

async function checkedAddresses(hostname: string, options: ConnectorOptions): Promise<readonly string[]> {
  const addresses = isIP(hostname) === 0 ? await resolved(hostname, options.resolver) : [hostname];
  if (!options.allowPrivateNetwork) {
    // One refused address refuses the name: a public one beside it is how rebinding starts.
    for (const address of addresses) {
      const why = addressRefusal(address);
      if (why !== undefined) throw new FailureError("blocked_address", why);
    }
  }
  return addresses.slice(0, MAX_ADDRESSES_TRIED);
}

async function resolved(hostname: string, resolver: Pick<Resolver, "resolve">): Promise<readonly string[]> {
  const resolution = await resolver.resolve(hostname.toLowerCase());
  if (!resolution.ok) throw new FailureError(resolution.failure.code, resolution.failure.detail);
  return resolution.addresses;
}

function isUnreachable(error: Error): boolean {
  if (error instanceof FailureError) return error.failure.code === "connect_refused";
  return ["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH"].includes(errorCode(error) ?? "");
}

function errorCode(error: Error): string | undefined {
  return "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/**
 * Returns a listener that keeps the last MAX_SESSIONS TLS sessions in memory. undici offers a host's last session, which saves
 * the certificates and half of a handshake. But it holds the session weakly, so the next garbage collection would take it away.
 */
function sessionKeeper(): (session: Buffer) => void {
  const sessions: Buffer[] = [];
  let next = 0;
  return (session) => {
    sessions[next] = session;
    next = (next + 1) % MAX_SESSIONS;
  };
}

// undici 7.30 takes a reset of a closing connection for its regular end. If the body was paused at that moment, it asserts
// outside of any try block, which ends the process. It looks for this code; our listener runs before its own.
function renameReset(socket: Socket): void {
  // Bytes of a proxy's answer, which opened the tunnel, are not the host's data.
  const bytesBefore = socket.bytesRead;
  socket.prependListener("error", (error: Error & { code?: string }) => {
    if (error.code === "ECONNRESET") error.code = RESET_CODE;
    if (socket.bytesRead > bytesBefore && error.code !== undefined && CLOSED.has(error.code)) brokenAfterUse.add(error);
  });
}
