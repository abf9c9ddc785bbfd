// The proxies of a download, from its settings and the environment that holds their logins.
import { FROM_ENVIRONMENT, type Proxies, proxiesOf, withoutLogin } from "../fetch/proxy/proxy.ts";
import type { DownloadSettings } from "../job/config.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The variable in which workers find the value of `--proxy` with its login. The settings on disk have no login. */
const VARIABLE = "PREP_PROXY";

/** The value of `--proxy` as the settings keep it, without a login. Throws UsageError if it is not a proxy's address. */
export function proxySetting(choice: string | undefined): string | undefined {
  return choice ? withoutLogin(choice) : undefined;
}

/** The environment for workers, given the whole value of `--proxy`. */
export function withProxy(environment: Environment, choice: string | undefined): Environment {
  return choice ? { ...environment, [VARIABLE]: choice } : environment;
}

/** The proxies of a download; undefined for none. Throws UsageError if an address is not a proxy's. */
export function downloadProxies({ proxy }: DownloadSettings, environment: Environment): Proxies | undefined {
  if (proxy === undefined) return undefined;
  const given = environment[VARIABLE];
  return proxiesOf(given && withoutLogin(given) === proxy ? given : proxy, environment);
}

/** Checks the proxies before any work. Throws InputError if one cannot be reached or refuses the login. */
export async function checkProxies(settings: DownloadSettings, environment: Environment): Promise<void> {
  const proxies = downloadProxies(settings, environment);
  const named = new Map([proxies?.http, proxies?.https].flatMap((proxy) => (proxy ? [[proxy.name, proxy] as const] : [])));
  if (named.size === 0) return;
  // Loaded only here: the main process needs no other network code, and loading it takes a seventh of a second.
  const { checkProxy } = await import("../fetch/proxy/proxy-check.ts");
  await Promise.all([...named.values()].map((proxy) => checkProxy(proxy, settings.timeoutMs)));
}

/** The notice about proxies; undefined if downloads go directly. */
export function proxyNotice(settings: DownloadSettings, environment: Environment): string | undefined {
  const proxies = downloadProxies(settings, environment);
  if (!proxies) return undefined;
  const { http, https, direct } = proxies;
  const ways =
    http?.name === https.name
      ? `all downloads go through ${https.name}`
      : `https goes through ${https.name}, http ${http?.name ?? "directly"}`;
  const past = direct.length > 0 ? `, except for hosts in NO_PROXY (${direct.length})` : "";
  return `--proxy${settings.proxy === FROM_ENVIRONMENT ? " environment" : ""}: ${ways}${past}`;
}
