// The proxies of a download, from its settings and the environment that holds their logins.
import { FROM_ENVIRONMENT, type Proxies, proxiesOf, withoutLogin } from "../fetch/proxy/proxy.ts";
import type { DownloadSettings } from "../job/config.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Where workers find the value of `--proxy` with its login, which the settings on disk do not have. */
const VARIABLE = "PREP_PROXY";

/** The value of `--proxy` as the settings keep it, without a login; nothing is no proxy. Throws UsageError for what is no proxy's address. */
export function proxySetting(choice: string | undefined): string | undefined {
  return choice ? withoutLogin(choice) : undefined;
}

/** The environment for workers, given the whole value of `--proxy`. */
export function withProxy(environment: Environment, choice: string | undefined): Environment {
  return choice ? { ...environment, [VARIABLE]: choice } : environment;
}

/** The proxies that a download goes through; undefined for none. Throws UsageError where they are no addresses of proxies. */
export function downloadProxies({ proxy }: DownloadSettings, environment: Environment): Proxies | undefined {
  if (proxy === undefined) return undefined;
  const given = environment[VARIABLE];
  return proxiesOf(given && withoutLogin(given) === proxy ? given : proxy, environment);
}

/** Before any work: throws InputError where a proxy cannot be reached or wants another login. */
export async function checkProxies(settings: DownloadSettings, environment: Environment): Promise<void> {
  const proxies = downloadProxies(settings, environment);
  const named = new Map([proxies?.http, proxies?.https].flatMap((proxy) => (proxy ? [[proxy.name, proxy] as const] : [])));
  if (named.size === 0) return;
  // Loaded here alone: the conductor needs nothing else of the network, and a seventh of a second to load it.
  const { checkProxy } = await import("../fetch/proxy/proxy-check.ts");
  await Promise.all([...named.values()].map((proxy) => checkProxy(proxy, settings.timeoutMs)));
}

/** How downloads go, for people; undefined where they go directly. */
export function proxyNotice(settings: DownloadSettings, environment: Environment): string | undefined {
  const proxies = downloadProxies(settings, environment);
  if (!proxies) return undefined;
  const { http, https, direct } = proxies;
  const ways =
    http?.name === https.name
      ? `all downloads go through ${https.name}`
      : `https goes through ${https.name}, http ${http?.name ?? "directly"}`;
  const past = direct.length > 0 ? `, but for hosts of NO_PROXY (${direct.length})` : "";
  return `--proxy${settings.proxy === FROM_ENVIRONMENT ? " environment" : ""}: ${ways}${past}`;
}
