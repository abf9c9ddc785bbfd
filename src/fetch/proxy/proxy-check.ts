// Checks at the start of a run that the proxy can be reached and accepts the login.
import { InputError } from "../../core/errors.ts";
import { FailureError } from "../failure-error.ts";
import type { HttpProxy } from "./proxy.ts";
import { askProxy, createReachProxy } from "./tunnel.ts";

/** An address that nobody has (RFC 5737). Whatever becomes of the connection, a proxy asks for the login first. */
const NOWHERE = "192.0.2.1:443";

/** A proxy may take long to find the address unreachable, but refuses a login at once. */
const LOGIN_CHECK_MS = 2000;

/** Answers of a web server that is no proxy. */
const NO_PROXY_STATUSES = new Set([405, 501]);

/** Throws InputError unless the proxy can be reached and accepts requests. What lies behind the proxy, each sample finds out. */
export async function checkProxy(proxy: HttpProxy, timeoutMs: number): Promise<void> {
  const socket = await createReachProxy(timeoutMs)(proxy).catch((error: unknown) => {
    if (!(error instanceof FailureError)) throw error;
    throw new InputError(error.message, "Start it, or name another one with --proxy; without that option downloads go directly.");
  });
  try {
    const status = await askProxy(socket, proxy, NOWHERE, Math.min(timeoutMs, LOGIN_CHECK_MS));
    if (status === 407) throw loginError(proxy);
    if (NO_PROXY_STATUSES.has(status)) throw noProxyError(proxy, `it answers ${status} to CONNECT`);
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    if (error.failure.code === "connect_refused") throw noProxyError(proxy, error.message);
  } finally {
    socket.destroy();
  }
}

function loginError({ name, authorization }: HttpProxy): InputError {
  return new InputError(
    `the proxy ${name} ${authorization ? "refuses the login that it was given" : "asks for a login"} (407)`,
    "Write --proxy http://USER:PASSWORD@HOST:PORT, or set PREP_PROXY to that, which does not show it to other users of this machine.",
  );
}

function noProxyError({ name }: HttpProxy, why: string): InputError {
  return new InputError(`${name} is not a proxy that opens tunnels: ${why}`, "Name an HTTP proxy that allows CONNECT with --proxy.");
}
