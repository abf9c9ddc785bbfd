// Chooses the proxy of a connection, from the user's option or from the environment.
import { isIP } from "node:net";
import { UsageError } from "../../core/errors.ts";

/** The value of `--proxy` that stands for HTTP_PROXY, HTTPS_PROXY and NO_PROXY. */
export const FROM_ENVIRONMENT = "environment";

/** An HTTP proxy that opens tunnels (CONNECT). */
export interface HttpProxy {
  /** `http://host:port` without the login, which may be shown and stored. */
  readonly name: string;
  readonly hostname: string;
  readonly port: number;
  /** The value of Proxy-Authorization. It is a secret. */
  readonly authorization?: string;
}

/** The proxy of each scheme, and the hosts that are reached without one. */
export interface Proxies {
  readonly http?: HttpProxy | undefined;
  readonly https: HttpProxy;
  readonly direct: readonly DirectHost[];
}

/** A host and all below it; `*` is any host. Without a port it is any port. */
interface DirectHost {
  readonly name: string;
  readonly port: string | undefined;
}

/** Where a connection leads, such as a URL. The port is empty if it is the scheme's own. */
export interface Destination {
  readonly protocol: string;
  readonly hostname: string;
  readonly port: string;
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = { "http:": "80", "https:": "443" };

/**
 * The proxies that `--proxy` names: one for everything, or the environment's. In the environment, lower-case names come first,
 * and https without its own proxy uses that of http, as in `prep metadata`. Throws UsageError, which does not show the value.
 */
export function proxiesOf(choice: string, environment: Readonly<Record<string, string | undefined>>): Proxies {
  if (choice !== FROM_ENVIRONMENT) {
    const proxy = parseProxy(choice, "--proxy");
    return { http: proxy, https: proxy, direct: [] };
  }
  const named = (name: string) => environment[name.toLowerCase()] ?? environment[name] ?? "";
  const [httpText, httpsText] = [named("HTTP_PROXY"), named("HTTPS_PROXY")];
  const http = httpText === "" ? undefined : parseProxy(httpText, "HTTP_PROXY");
  const https = httpsText === "" ? http : parseProxy(httpsText, "HTTPS_PROXY");
  if (!https)
    throw new UsageError(
      "--proxy environment is given, but neither HTTP_PROXY nor HTTPS_PROXY is set",
      "Set one, or write --proxy http://HOST:PORT.",
    );
  return { http, https, direct: directHosts(named("NO_PROXY")) };
}

/** The value of `--proxy` without the login, which may be stored and shown. Throws UsageError as `proxiesOf` does. */
export function withoutLogin(choice: string): string {
  return choice === FROM_ENVIRONMENT ? choice : parseProxy(choice, "--proxy").name;
}

/** The proxy for a connection; undefined if it is direct. */
export function proxyFor({ http, https, direct }: Proxies, { protocol, hostname, port }: Destination): HttpProxy | undefined {
  const actualPort = port || DEFAULT_PORTS[protocol];
  const name = withoutBrackets(hostname);
  const isDirect = direct.some(
    (host) =>
      (host.port === undefined || host.port === actualPort) && (host.name === "*" || name === host.name || name.endsWith(`.${host.name}`)),
  );
  if (isDirect) return undefined;
  return protocol === "https:" ? https : http;
}

function parseProxy(text: string, where: string): HttpProxy {
  const url = parsedOrNull(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  const login = url ? loginOf(url) : undefined;
  if (url?.protocol !== "http:" || login === undefined || url.pathname !== "/" || url.search !== "" || url.hash !== "") {
    // The message leaves the value out, which may hold a password.
    throw new UsageError(
      `${where} is not the address of an HTTP proxy`,
      "Write http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, with characters like / and @ in them as %2F and %40; prep supports neither SOCKS nor TLS to a proxy.",
    );
  }
  return {
    name: `http://${url.hostname}:${url.port || DEFAULT_PORTS["http:"]}`,
    hostname: withoutBrackets(url.hostname),
    port: Number(url.port || DEFAULT_PORTS["http:"]),
    ...(login === "" ? {} : { authorization: `Basic ${Buffer.from(login, "utf8").toString("base64")}` }),
  };
}

/** `user:password`, empty for none; undefined if it cannot be decoded. */
function loginOf({ username, password }: URL): string | undefined {
  if (username === "" && password === "") return "";
  try {
    return `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  } catch {
    return undefined;
  }
}

function parsedOrNull(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}

// `.example.com`, `*.example.com` and `example.com` mean the same, as they do to most programs.
function directHosts(text: string): DirectHost[] {
  const entries = text.split(/[\s,]+/).filter(Boolean);
  return entries.map((entry) => {
    const [, host = entry, port] = isIP(entry) !== 0 ? [] : (/^(.+?)(?::(\d+))?$/.exec(entry) ?? []);
    const name = withoutBrackets(host).toLowerCase();
    return { name: name === "*" ? name : name.replace(/^\*?\./, ""), port };
  });
}

// URLs write IPv6 addresses in brackets.
const withoutBrackets = (hostname: string) => hostname.replace(/^\[|\]$/g, "");
