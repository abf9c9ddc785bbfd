// Resolves host names without libuv's thread pool, which getaddrinfo would block.
import { promises as dns } from "node:dns";
import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { Budget } from "../../core/budget.ts";
import { type Failure, failure } from "../../core/outcome.ts";
import { ExpiringCache } from "../expiring-cache.ts";
import { type Family, preferredFamily } from "./preferred-family.ts";

/** How a resolver asks. The defaults suit a long run. */
export interface ResolverOptions {
  /** Servers as "ADDRESS" or "ADDRESS:PORT"; empty means the system's. */
  readonly servers?: readonly string[];
  /**
   * Milliseconds to wait for the first answer; the second try waits twice as long. A name has their sum, even if c-ares gives up
   * sooner.
   */
  readonly queryTimeoutMs?: number;
  /** Answers kept, of any kind. */
  readonly maxEntries?: number;
  /** Queries under way at once; more of them wait. */
  readonly maxQueries?: number;
  /** The file of the machine's own names. c-ares does not read it when asked for a record. */
  readonly hostsFile?: string;
  /** The family to ask for first. By default the one that the machine has a route for. */
  readonly family?: () => Promise<Family>;
}

/** The addresses of a name, at least one, all of one family; or why there are none: `dns_not_found`, `dns_failed`. */
export type Resolution = { readonly ok: true; readonly addresses: readonly string[] } | { readonly ok: false; readonly failure: Failure };

/** Resolves names. Never rejects for a name that does not resolve. */
export interface Resolver {
  resolve(name: string): Promise<Resolution>;
  /** Answers of name servers so far. Cached answers and those of the hosts file do not count. */
  readonly answers: number;
  /**
   * Asks the name servers for a name even if its answer is cached. Resolves with whether they answered; undefined if the name is
   * not for them.
   */
  askAnew(name: string): Promise<boolean | undefined>;
  /** Ends the queries under way, which return `dns_failed`. */
  close(): void;
}

const TRIES = 2;
const MIN_LIFETIME_MS = 1000;
const MAX_LIFETIME_MS = 3_600_000;
const NOT_FOUND_LIFETIME_MS = 60_000;
const FAILED_LIFETIME_MS = 5000;
/** This many failures in a row may be the servers' fault. Once they answer again, the names that failed are asked for again. */
const SERVERS_FAILED = 3;
// More are of no use, and a hostile zone can hold thousands.
const MAX_ADDRESSES = 16;
// The server answered: no such name, a name without addresses, or a name that cannot exist.
const NO_SUCH_NAME = new Set(["ENOTFOUND", "ENODATA", "EBADNAME", "ENONAME"]);
// c-ares reports it without asking a server.
const IMPOSSIBLE_NAME = "EBADNAME";

interface Answer {
  readonly resolution: Resolution;
  readonly lifetimeMs: number;
}

/** For names that are asked for after `close`. */
const CLOSED: Answer = { resolution: { ok: false, failure: failure("dns_failed", "stopped") }, lifetimeMs: 0 };

const isFailed = ({ resolution }: Answer) => !resolution.ok && resolution.failure.code === "dns_failed";

/** Creates a resolver with its own cache. Throws if the address of a server cannot be read. */
export function createResolver(options: ResolverOptions = {}): Resolver {
  const queryTimeoutMs = options.queryTimeoutMs ?? 2500;
  const cares = new dns.Resolver({ timeout: queryTimeoutMs, tries: TRIES });
  if (options.servers && options.servers.length > 0) cares.setServers(options.servers);
  const family = options.family ?? preferredFamily();
  const cache = new ExpiringCache<Resolution>(options.maxEntries ?? 20_000);
  const failed = new ExpiringCache<Resolution>(options.maxEntries ?? 20_000);
  const queries = new Budget(options.maxQueries ?? 256);
  const underWay = new Map<string, Promise<Answer>>();
  let hostsNames: Promise<ReadonlySet<string>> | undefined;
  let answers = 0;
  let failedInARow = 0;
  let isClosed = false;

  const isLocal = async (name: string): Promise<boolean> => {
    hostsNames ??= readHostsNames(options.hostsFile ?? "/etc/hosts");
    return !name.includes(".") || name.endsWith(".localhost") || (await hostsNames).has(name);
  };

  const ask = async (name: string): Promise<Answer> => {
    const local = await isLocal(name);
    await queries.reserve(1);
    try {
      // Closing may have cancelled the queries before this one.
      if (isClosed) return CLOSED;
      if (local) return await askSystem(name, await family());
      const answer = await askServers(cares, name, await family(), 3 * queryTimeoutMs);
      if (isFailed(answer)) failedInARow += 1;
      else if (answer.resolution.ok || answer.resolution.failure.detail !== IMPOSSIBLE_NAME) {
        answers += 1;
        if (failedInARow >= SERVERS_FAILED) failed.clear();
        failedInARow = 0;
      }
      return answer;
    } finally {
      queries.release(1);
    }
  };

  const resolveAnew = async (name: string): Promise<Answer> => {
    try {
      const answer = await ask(name);
      (isFailed(answer) ? failed : cache).set(name, answer.resolution, answer.lifetimeMs);
      return answer;
    } finally {
      underWay.delete(name);
    }
  };

  const asked = (name: string): Promise<Answer> => {
    const answer = underWay.get(name) ?? resolveAnew(name);
    underWay.set(name, answer);
    return answer;
  };

  return {
    get answers() {
      return answers;
    },
    async resolve(name) {
      return cache.get(name) ?? failed.get(name) ?? (await asked(name)).resolution;
    },
    async askAnew(name) {
      if (isIP(name.replace(/^\[|\]$/g, "")) !== 0 || (await isLocal(name))) return undefined;
      return !isFailed(await asked(name));
    },
    close: () => {
      isClosed = true;
      cares.cancel();
    },
  };
}

/** Addresses of the preferred family; those of the other family if the name exists and has none of the first. */
async function askServers(cares: dns.Resolver, name: string, family: Family, timeLimitMs: number): Promise<Answer> {
  const ask = {
    4: () => cares.resolve4(name, { ttl: true }),
    6: () => cares.resolve6(name, { ttl: true }),
  };
  try {
    const records = await retryTimeouts(ask[family], timeLimitMs);
    // For an alias (CNAME) without addresses of this family c-ares returns an empty list and no error.
    if (records.length > 0) return found(records);
  } catch (error) {
    // Every error but "no such record" would be the same for the other family.
    if (errorCode(error) !== "ENODATA") return notFound(error);
  }
  try {
    return found(await retryTimeouts(ask[family === 4 ? 6 : 4], timeLimitMs));
  } catch (error) {
    return notFound(error);
  }
}

// After a few answers c-ares waits five times as long as they took on average, and 250 ms at least (`ares_metrics.c`; seen with
// 1.34). Behind a server that answers from its cache, it gives up a name that the server must look for long before our time-out.
async function retryTimeouts<T>(query: () => Promise<T>, timeLimitMs: number): Promise<T> {
  const startedAt = performance.now();
  for (;;) {
    try {
      return await query();
    } catch (error) {
      if (errorCode(error) !== "ETIMEOUT" || performance.now() - startedAt >= timeLimitMs) throw error;
    }
  }
}

async function askSystem(name: string, preferred: Family): Promise<Answer> {
  try {
    const answers = await dns.lookup(name, { all: true });
    const first = answers.filter(({ family }) => family === preferred);
    return found((first.length > 0 ? first : answers).map(({ address }) => ({ address, ttl: 60 })));
  } catch (error) {
    return notFound(error);
  }
}

function found(records: readonly { readonly address: string; readonly ttl: number }[]): Answer {
  const kept = records.slice(0, MAX_ADDRESSES);
  if (kept.length === 0) return { resolution: { ok: false, failure: failure("dns_not_found") }, lifetimeMs: NOT_FOUND_LIFETIME_MS };
  const lifetimeMs = 1000 * Math.min(...kept.map(({ ttl }) => ttl));
  return {
    resolution: { ok: true, addresses: kept.map(({ address }) => address) },
    lifetimeMs: Math.min(MAX_LIFETIME_MS, Math.max(MIN_LIFETIME_MS, lifetimeMs)),
  };
}

function notFound(error: unknown): Answer {
  const code = errorCode(error);
  // An error without a code is a defect of ours, not an answer.
  if (code === undefined) throw error;
  return NO_SUCH_NAME.has(code)
    ? { resolution: { ok: false, failure: failure("dns_not_found", code) }, lifetimeMs: NOT_FOUND_LIFETIME_MS }
    : { resolution: { ok: false, failure: failure("dns_failed", code) }, lifetimeMs: FAILED_LIFETIME_MS };
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "syscall" in error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

async function readHostsNames(path: string): Promise<ReadonlySet<string>> {
  // A machine without this file has no names in it.
  const text = await readFile(path, "utf8").catch(() => "");
  const lines = text.split("\n").map((line) => line.replace(/#.*/, "").trim().split(/\s+/));
  return new Set(lines.flatMap(([, ...names]) => names.map((name) => name.toLowerCase())));
}
