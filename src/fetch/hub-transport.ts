// HTTP client for the hub, which the user has named: proxies of the environment, no address guard.
import { EnvHttpProxyAgent, fetch } from "undici";

/** A response whose body has not been read. */
interface OpenResponse {
  readonly status: number;
  header(name: string): string | null;
  readonly body: AsyncIterable<Uint8Array>;
  cancel(): Promise<void>;
}

/** Silence in milliseconds that ends a connection. */
const SILENCE_MS = 60_000;

/**
 * Sends plain GETs and follows no redirect. Obeys HTTP_PROXY, HTTPS_PROXY and NO_PROXY of the environment, in either case. A GET rejects if
 * no response comes. Close the transport at the end.
 */
export function openHubTransport(environment: Readonly<Record<string, string | undefined>>) {
  const named = (name: string) => environment[name.toLowerCase()] ?? environment[name];
  const proxies = { httpProxy: named("HTTP_PROXY"), httpsProxy: named("HTTPS_PROXY"), noProxy: named("NO_PROXY") };
  const given = Object.fromEntries(Object.entries(proxies).filter(([, value]) => value));
  const dispatcher = new EnvHttpProxyAgent({
    ...given,
    headersTimeout: SILENCE_MS,
    bodyTimeout: SILENCE_MS,
    connect: { timeout: SILENCE_MS / 2 },
  });
  const get = async (url: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<OpenResponse> => {
    const response = await fetch(url, { headers: { ...headers }, redirect: "manual", signal, dispatcher });
    return {
      status: response.status,
      header: (name) => response.headers.get(name),
      body: response.body ?? nothing(),
      cancel: async () => await response.body?.cancel(),
    };
  };
  return { get, close: () => dispatcher.destroy() };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
