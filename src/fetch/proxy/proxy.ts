// Fetch, before a connection: which proxy it goes through, by the user's word or by that of the environment.
import { isIP } from "node:net";
import { UsageError } from "../../core/errors.ts";

/** The word that stands for HTTP_PROXY, HTTPS_PROXY and NO_PROXY in place of an address. */
export const FROM_ENVIRONMENT = "environment";

/** An HTTP proxy that opens tunnels (CONNECT). */
export interface HttpProxy {
  /** `http://host:port`, without the login: what may be shown and stored. */
  readonly name: string;
  readonly hostname: string;
  readonly port: number;
  /** The value of Proxy-Authorization. It is a secret. */
  readonly authorization?: string;
}

/** Which proxy serves which scheme, and what goes past both. */
export interface Proxies {
  readonly http?: HttpProxy | undefined;
  readonly https: HttpProxy;
  readonly direct: readonly DirectHost[];
}

/** A host, with all below it; `*` is any. Without a port it is any port. */
interface DirectHost {
  readonly name: string;
  readonly port: string | undefined;
}

/** Where a connection is to lead, such as a URL; the port is empty where it is the scheme's own. */
export interface Destination {
  readonly protocol: string;
  readonly hostname: string;
  readonly port: string;
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = { "http:": "80", "https:": "443" };

/**
 * The proxies that `--proxy` names: one for everything, or the environment's, where lower-case names come first and https
 * without a proxy of its own takes that of http, as `prep metadata` has it. Throws UsageError, which does not show the value.
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
      "--proxy environment, and neither HTTP_PROXY nor HTTPS_PROXY is set",
      "Set one, or write --proxy http://HOST:PORT.",
    );
  return { http, https, direct: directHosts(named("NO_PROXY")) };
}

/** The value of `--proxy` as it may be stored and shown: a proxy's address has no login. Throws UsageError as `proxiesOf` does. */
export function withoutLogin(choice: string): string {
  return choice === FROM_ENVIRONMENT ? choice : parseProxy(choice, "--proxy").name;
}

/** The proxy for a connection; undefined where it is direct. */
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
    // The value may hold a password.
    throw new UsageError(
      `${where} is not the address of an HTTP proxy`,
      "Write http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, with characters like / and @ in them as %2F and %40; prep does not speak SOCKS, nor TLS to a proxy.",
    );
  }
  return {
    name: `http://${url.hostname}:${url.port || DEFAULT_PORTS["http:"]}`,
    hostname: withoutBrackets(url.hostname),
    port: Number(url.port || DEFAULT_PORTS["http:"]),
    ...(login === "" ? {} : { authorization: `Basic ${Buffer.from(login, "utf8").toString("base64")}` }),
  };
}

/** `user:password`, empty for none; undefined where it cannot be decoded. */
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

// IPv6 addresses have them in URLs.
const withoutBrackets = (hostname: string) => hostname.replace(/^\[|\]$/g, "");
