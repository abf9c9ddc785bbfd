// Decides by a hash how the demo's picture server treats a path, so that tests can predict it.
import { createHash } from "node:crypto";

/** How the server treats a path, and the share of paths treated so. Every other path is served well. */
export const BEHAVIOUR_SHARES = {
  notFound: 0.05,
  forbidden: 0.015,
  gone: 0.005,
  serverError: 0.007,
  /** 429 with `Retry-After: 1` the first time, then the picture. */
  busyFirst: 0.01,
  /** The picture after 300 to 800 ms. */
  slow: 0.02,
  /** Half of the promised bytes, then the connection ends. */
  cut: 0.007,
  /** No answer. After some seconds the connection ends, so every client sees the same, whatever its time-out. */
  hang: 0.002,
  /** An HTML page as image/jpeg. */
  html: 0.008,
  /** The picture with `X-Robots-Tag: noai, noimageai`. */
  noAi: 0.007,
  /** The picture with `tdm-reservation: 1`. */
  tdmReserved: 0.004,
  /** A redirect to the picture. */
  redirect: 0.02,
  /** Endless redirects. */
  redirectLoop: 0.003,
  reset: 0.004,
} as const;

/** One way in which the server treats a path. */
export type Behaviour = keyof typeof BEHAVIOUR_SHARES | "fine";

/** All ways in which the server treats a path. */
export const BEHAVIOURS: readonly Behaviour[] = ["fine", ...(Object.keys(BEHAVIOUR_SHARES) as (keyof typeof BEHAVIOUR_SHARES)[])];

/** What the server of a seed does with a path, which includes its query and is spelled as in the request. */
export function behaviourOf(path: string, seed: string): Behaviour {
  let place = createHash("sha256").update(`${seed}\n${path}`).digest().readUInt32BE(0) / 2 ** 32;
  for (const [behaviour, share] of Object.entries(BEHAVIOUR_SHARES) as [keyof typeof BEHAVIOUR_SHARES, number][]) {
    if (place < share) return behaviour;
    place -= share;
  }
  return "fine";
}
