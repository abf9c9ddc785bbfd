// The servers of bench:download: which host a row has, and how it answers a request.
import { unit } from "./seeded.ts";

/**
 * `fast` serves everything at once from 64 addresses; `weblike` has 2,500 addresses, latency and faults; `https` spreads its
 * URLs over hosts as LAION does; `dns` has 20,000 names, which its own slow name server knows.
 */
export type ServerKind = "fast" | "weblike" | "https" | "dns";

/** All kinds, for the command line. */
export const SERVER_KINDS: readonly ServerKind[] = ["fast", "weblike", "https", "dns"];

/** What becomes of a request. */
export type Behaviour = "serve" | "not-found" | "forbidden" | "server-error" | "reset" | "cut" | "hang" | "stall";

// With one address for all rows, the bench would measure the limit of connections to one host.
const HOSTS: Readonly<Record<Exclude<ServerKind, "https">, number>> = { fast: 64, weblike: 2500, dns: 20_000 };
/** LAION's hosts: the first has 6 % of the URLs, the first 100 have 40 %, and 10,000 URLs are on some 4,500. */
const LAION_HOSTS = { first: 0.06, top: 100, topShare: 0.4, others: 9100 } as const;
/** 16 % faults; 3 % of all rows never end. */
const FAULTS: readonly (readonly [Behaviour, number])[] = [
  ["not-found", 0.08],
  ["forbidden", 0.02],
  ["server-error", 0.01],
  ["reset", 0.01],
  ["cut", 0.01],
  ["hang", 0.02],
  ["stall", 0.01],
];

/** Scheme and host of a row's URL. Except for `dns` these are addresses, so img2dataset's resolver does not matter. */
export function originOf(server: ServerKind, row: number, port: number): string {
  const host = hostNumber(server, row);
  const name = server === "dns" ? nameOf(host) : addressOf(host);
  return `${server === "https" ? "https" : "http"}://${name}:${port}`;
}

/** The answer of the name server of `dns`, after 20 to 120 ms. */
export function lookUp(name: string): { readonly address: string | undefined; readonly delayMs: number } {
  const host = Number(/^h(\d+)\.pictures\.test$/.exec(name)?.[1] ?? Number.NaN);
  return { address: Number.isNaN(host) ? undefined : addressOf(host), delayMs: 20 + 100 * unit("dns", host) };
}

function nameOf(host: number): string {
  return `h${host}.pictures.test`;
}

function addressOf(host: number): string {
  return `127.${1 + (host >> 8)}.${host & 255}.${1 + (host % 250)}`;
}

/** How every request for a row is answered. */
export function behaviourOf(server: ServerKind, row: number): Behaviour {
  if (server !== "weblike") return "serve";
  // The old word is the seed: another one would change which rows fail.
  let chance = unit("manner", row);
  for (const [behaviour, share] of FAULTS) {
    chance -= share;
    if (chance < 0) return behaviour;
  }
  return "serve";
}

/** Milliseconds before a row's host answers: 50 to 300. */
export function latencyOf(server: ServerKind, row: number): number {
  return server !== "weblike" ? 0 : 50 + 250 * unit("latency", hostNumber(server, row));
}

function hostNumber(server: ServerKind, row: number): number {
  const chance = unit("host", row);
  if (server !== "https") return Math.floor(chance * HOSTS[server]);
  const { first, top, topShare, others } = LAION_HOSTS;
  if (chance < first) return 0;
  const rest = (chance - first) / (topShare - first);
  // Log-uniform ranks: the share falls with the rank, as in Zipf's law.
  if (rest < 1) return Math.floor(top ** rest);
  return top + Math.floor(((chance - topShare) / (1 - topShare)) * others);
}
