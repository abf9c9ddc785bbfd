// Connections of the fetcher: an idle one is kept open longer if its host comes again often.
import { Agent, Pool } from "undici";
import { ExpiringCache } from "./expiring-cache.ts";

/** Most hosts are met once, so their connections must not pile up. */
const STRANGER_KEEP_ALIVE_MS = 1000;

/**
 * A host that came again within RETURN_MS probably has many rows in the list. Servers close idle connections after 5 s (Apache, Node) to 75
 * s (nginx).
 */
const REGULAR_KEEP_ALIVE_MS = 15_000;
const RETURN_MS = 30_000;

/** With more open connections than this, none is kept longer: an idle one over TLS holds some 50 kB. */
const MAX_OPEN = 256;

/** Hosts remembered to recognise those that come again. */
const MAX_ORIGINS = 20_000;

/** An Agent that keeps connections to returning origins open longer, because handshakes are the most expensive part of https. */
export function createAgent(options: Omit<Agent.Options, "factory" | "keepAliveTimeout" | "keepAliveMaxTimeout">): Agent {
  let open = 0;
  const met = new ExpiringCache<true>(MAX_ORIGINS);
  return new Agent({
    ...options,
    // Called when an origin has no connection: for the first time, or again after its last one was closed.
    factory: (origin, poolOptions) => {
      const name = String(origin);
      const keepAliveTimeout = met.get(name) && open < MAX_OPEN ? REGULAR_KEEP_ALIVE_MS : STRANGER_KEEP_ALIVE_MS;
      met.set(name, true, RETURN_MS);
      // A server's Keep-Alive hint may shorten the time, never lengthen it.
      const pool = new Pool(origin, { ...poolOptions, keepAliveTimeout, keepAliveMaxTimeout: keepAliveTimeout });
      pool.on("connect", () => {
        open += 1;
      });
      return quietOnceClosed(pool, () => {
        open -= 1;
      });
    },
  });
}

type Emit = (event: string, ...parts: unknown[]) => boolean;

/**
 * Stops a pool from telling its Agent anything once it is closed; `onDisconnect` still hears of every connection that ends. undici 7.30
 * counts the disconnects of a closed pool against the pool that replaced it, and closes that one too. After one `Connection: close` every
 * request to a host had a connection of its own.
 */
function quietOnceClosed(pool: Pool, onDisconnect: () => void): Pool {
  const emit = pool.emit.bind(pool) as Emit;
  const quiet: Emit = (event, ...parts) => {
    if (event !== "disconnect") return emit(event, ...parts);
    onDisconnect();
    return pool.closed ? false : emit(event, ...parts);
  };
  pool.emit = quiet as typeof pool.emit;
  return pool;
}
