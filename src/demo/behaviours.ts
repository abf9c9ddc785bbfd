// The demo's picture server: which of its tempers a path meets, decided by a hash so that a test can tell beforehand.
import { createHash } from "node:crypto";

/** What a path gets, and the share of paths that get it; every other path is served well. */
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
  /** No answer, and after some seconds the connection ends: the same for every client, however patient. */
  hang: 0.002,
  /** An HTML page as image/jpeg. */
  html: 0.008,
  /** The picture with `X-Robots-Tag: noai, noimageai`. */
  noAi: 0.007,
  /** The picture with `tdm-reservation: 1`. */
  tdmReserved: 0.004,
  /** A redirect to the picture. */
  redirect: 0.02,
  /** Redirects without an end. */
  redirectLoop: 0.003,
  reset: 0.004,
} as const;

/** One temper of the server. */
export type Behaviour = keyof typeof BEHAVIOUR_SHARES | "fine";

/** All tempers. */
export const BEHAVIOURS: readonly Behaviour[] = ["fine", ...(Object.keys(BEHAVIOUR_SHARES) as (keyof typeof BEHAVIOUR_SHARES)[])];

/** What the server of a seed does with a path, query included, as it arrives in the request. */
export function behaviourOf(path: string, seed: string): Behaviour {
  let place = createHash("sha256").update(`${seed}\n${path}`).digest().readUInt32BE(0) / 2 ** 32;
  for (const [behaviour, share] of Object.entries(BEHAVIOUR_SHARES) as [keyof typeof BEHAVIOUR_SHARES, number][]) {
    if (place < share) return behaviour;
    place -= share;
  }
  return "fine";
}
