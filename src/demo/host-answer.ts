// The demo's names: which address a host of the demo's metadata has.
import { createHash } from "node:crypto";
import { TOP_HOSTS } from "./word-lists.ts";

const MISSING_SHARE = 0.02;
const FAILING_SHARE = 0.003;

/** The address of a name: loopback for reserved names, but for a few hosts that are gone or whose DNS fails, by hash; undefined for all else. */
export function hostAnswer(name: string, seed: string): string | undefined | "servfail" {
  if (!/\.(example|test)$/.test(name)) return undefined;
  const place = createHash("sha256").update(`${seed} host ${name}`).digest().readUInt32BE(0) / 2 ** 32;
  if (TOP_HOSTS.includes(name) || place >= MISSING_SHARE + FAILING_SHARE) return "127.0.0.1";
  return place < MISSING_SHARE ? undefined : "servfail";
}
