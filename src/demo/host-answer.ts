// Decides which address a host of the demo's metadata has.
import { createHash } from "node:crypto";
import { TOP_HOSTS } from "./word-lists.ts";

const MISSING_SHARE = 0.02;
const FAILING_SHARE = 0.003;

/**
 * The address of a name, decided by a hash. Reserved names have loopback, except a few hosts that do not exist or whose DNS
 * fails. All other names are undefined.
 */
export function hostAnswer(name: string, seed: string): string | undefined | "servfail" {
  if (!/\.(example|test)$/.test(name)) return undefined;
  const place = createHash("sha256").update(`${seed} host ${name}`).digest().readUInt32BE(0) / 2 ** 32;
  if (TOP_HOSTS.includes(name) || place >= MISSING_SHARE + FAILING_SHARE) return "127.0.0.1";
  return place < MISSING_SHARE ? undefined : "servfail";
}
