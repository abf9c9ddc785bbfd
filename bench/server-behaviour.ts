// bench:download, the servers' manners: which host a row has, and what happens to a request for it.
import { unit } from "./seeded.ts";

/** `fast` serves everything at once from 64 addresses; `weblike` has 2,500 addresses, latency and faults. */
export type ServerKind = "fast" | "weblike";

/** What becomes of a request. */
export type Manner = "serve" | "not-found" | "forbidden" | "server-error" | "reset" | "cut" | "hang" | "stall";

// With one address for all, the fast server would measure how many connections a host is allowed.
const HOSTS: Readonly<Record<ServerKind, number>> = { fast: 64, weblike: 2500 };
/** 16 % faults, 3 % of all rows without an end. */
const FAULTS: readonly (readonly [Manner, number])[] = [
  ["not-found", 0.08],
  ["forbidden", 0.02],
  ["server-error", 0.01],
  ["reset", 0.01],
  ["cut", 0.01],
  ["hang", 0.02],
  ["stall", 0.01],
];

/** The literal address that a row's URL names. */
export function hostOf(server: ServerKind, row: number): string {
  const host = hostNumber(server, row);
  return `127.${1 + (host >> 8)}.${host & 255}.${1 + (host % 250)}`;
}

/** What happens to every request for a row. */
export function mannerOf(server: ServerKind, row: number): Manner {
  if (server === "fast") return "serve";
  let chance = unit("manner", row);
  for (const [manner, share] of FAULTS) {
    chance -= share;
    if (chance < 0) return manner;
  }
  return "serve";
}

/** How long a row's host thinks before it answers, in milliseconds: 50 to 300. */
export function latencyOf(server: ServerKind, row: number): number {
  return server === "fast" ? 0 : 50 + 250 * unit("latency", hostNumber(server, row));
}

function hostNumber(server: ServerKind, row: number): number {
  return Math.floor(unit("host", row) * HOSTS[server]);
}
