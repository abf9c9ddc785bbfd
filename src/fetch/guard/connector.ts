// Fetch, step 3 of the guard: every connection is opened here, to the very address that was checked.
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
  /** Time for TCP and TLS together, per address tried; a proxy has it for each step of its own beside. */
  readonly timeoutMs: number;
  /** Takes any certificate. */
  readonly insecureTls: boolean;
  /** The proxy for a connection, undefined for a direct one. It is asked for the address that was checked; its own is not checked. */
  readonly proxyFor?: (destination: Destination) => HttpProxy | undefined;
  /** Opens a connection to an address that was checked, in place of undici's own way; tests listen here. */
  readonly open?: buildConnector.connector;
}

// A second address of a host is tried where the first refuses; a third would rarely answer.
const MAX_ADDRESSES_TRIED = 2;

/** TLS sessions kept for hosts that come again, 2 to 5 kB each. */
const MAX_SESSIONS = 1000;

/** The code given to a reset connection's error in place of ECONNRESET; see `renameReset`. */
export const RESET_CODE = "PREP_CONNECTION_RESET";

/** A certificate of another name. undici has a way of its own for it, after which the requests behind the first are never answered. */
const WRONG_NAME = "ERR_TLS_CERT_ALTNAME_INVALID";

const brokenAfterUse = new WeakSet<Error>();

/** How a connection ends that the server closed; a silence on one that lives is not among them. */
const CLOSED = new Set([RESET_CODE, "ECONNABORTED", "EPIPE", "UND_ERR_SOCKET"]);

/** True for the end of a connection over which data had come before: on its next request it may simply have been stale. */
export function brokeAfterUse(error: unknown): boolean {
  return error instanceof Error && brokenAfterUse.has(error);
}

/** A connector for undici; a refused target gives a FailureError of `blocked_address`, a name without address one of `dns_*`. */
export function createConnector(options: ConnectorOptions): buildConnector.connector {
  const open =
    options.open ??
    buildConnector({
      timeout: options.timeoutMs,
      rejectUnauthorized: !options.insecureTls,
      // One for all: building it anew costs more than the rest of a handshake.
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
      if (error && codeOf(error) === WRONG_NAME) return callback(new FailureError("tls_invalid", error.message), null);
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
      // Port 9, discard: should the guard be broken, nobody is harmed.
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
  return ["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH"].includes(codeOf(error) ?? "");
}

function codeOf(error: Error): string | undefined {
  return "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/**
 * undici offers a host's last TLS session, which saves the certificates and half of a handshake, but holds it weakly: the
 * next garbage collection would take it away. Returns a listener that holds the last MAX_SESSIONS of them.
 */
function sessionKeeper(): (session: Buffer) => void {
  const sessions: Buffer[] = [];
  let next = 0;
  return (session) => {
    sessions[next] = session;
    next = (next + 1) % MAX_SESSIONS;
  };
}

// undici 7.30 takes a reset of a closing connection for its regular end, and asserts outside of any try block if the body was
// paused at that moment, which ends the process. It looks for this code; the listener runs before its own.
function renameReset(socket: Socket): void {
  // A proxy's answer, which opened the way, is none of the host's data.
  const bytesBefore = socket.bytesRead;
  socket.prependListener("error", (error: Error & { code?: string }) => {
    if (error.code === "ECONNRESET") error.code = RESET_CODE;
    if (socket.bytesRead > bytesBefore && error.code !== undefined && CLOSED.has(error.code)) brokenAfterUse.add(error);
  });
}
