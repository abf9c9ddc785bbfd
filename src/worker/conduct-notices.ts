// Notices about how a download behaves towards sites, before it begins.
import { DEFAULT_DISALLOWED_DIRECTIVES } from "../fetch/rights/opt-out-headers.ts";
import type { DownloadSettings } from "../job/config.ts";
import { proxyNotice } from "./proxies.ts";

/** From this number of URLs on, sites should know whom to write to. */
const CONTACT_FROM_URLS = 100_000;

const PROXY_VARIABLES = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"];

/** The options that make the run less careful than the default, each with its effect. `run.json` records these texts. */
export function relaxations(settings: DownloadSettings): string[] {
  const without = DEFAULT_DISALLOWED_DIRECTIVES.filter((word) => !settings.disallowedDirectives.includes(word));
  return [
    ...(settings.allowPrivateNetwork
      ? [
          "--allow-private-network: every URL may lead to this machine and into its network, at any port; use it on metadata of your own alone",
        ]
      : []),
    ...(settings.insecureTls ? ["--insecure-tls: anybody on the way can put pictures of his own in place of a site's"] : []),
    ...(settings.robots === "ignore" ? ["--robots ignore: sites that ask crawlers to stay away are visited"] : []),
    ...(without.length > 0 ? [`--disallowed-header-directives: X-Robots-Tag ${without.join(", ")} is not honoured`] : []),
    ...(settings.honourTdmReservation ? [] : ["--ignore-tdm-reservation: reserved rights of text and data mining are not honoured"]),
    ...(settings.allowedPorts.length > 0 ? [`--allow-port: any URL may name port ${settings.allowedPorts.join(", ")}`] : []),
  ];
}

/** How many connections to one host a worker may have, so that all workers of a machine keep the limit in its settings. At least one. */
export function hostConnectionsOfWorker({ connectionsPerHost }: DownloadSettings, workers: number): number {
  return Math.max(1, Math.floor(connectionsPerHost / workers));
}

/** The notices for the start of a download of this number of URLs, one sentence each. */
export function conductNotices(
  settings: DownloadSettings,
  urls: number,
  environment: Readonly<Record<string, string | undefined>>,
): string[] {
  const unused = settings.proxy === undefined ? PROXY_VARIABLES.filter((name) => environment[name]) : [];
  const proxied = proxyNotice(settings, environment);
  return [
    ...relaxations(settings).map((text) => `less careful than the default: ${text}`),
    ...(urls > CONTACT_FROM_URLS && !settings.hasContact
      ? [
          `${urls.toLocaleString("en")} URLs will be asked for without a way to reach you: name a page or mail address with --contact, which sites find in their logs`,
        ]
      : []),
    ...(proxied === undefined ? [] : [proxied]),
    ...(unused.length > 0
      ? [`${unused.join(", ")} is set and not used: --proxy environment takes HTTP_PROXY, HTTPS_PROXY and NO_PROXY from there`]
      : []),
  ];
}
