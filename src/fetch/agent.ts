// Fetch, the connections: how long one is kept open when its host has nothing to do, by how often the host comes again.
import { Agent, Pool } from "undici";
import { ExpiringCache } from "./expiring-cache.ts";

/** Most hosts are met once: their connections must not pile up. */
const STRANGER_KEEP_ALIVE_MS = 1000;

/** A host that came again within RETURN_MS holds much of the list. Servers close at 5 s (Apache, Node) to 75 s (nginx). */
const REGULAR_KEEP_ALIVE_MS = 15_000;
const RETURN_MS = 30_000;

/** With more connections than this open, nobody is a regular: an idle one over TLS holds some 50 kB. */
const MAX_OPEN = 256;

/** Hosts remembered to tell who comes again. */
const MAX_ORIGINS = 20_000;

/** An Agent that keeps connections longer to origins that were met before: handshakes are the dearest part of https. */
export function createAgent(options: Omit<Agent.Options, "factory" | "keepAliveTimeout" | "keepAliveMaxTimeout">): Agent {
  let open = 0;
  const met = new ExpiringCache<true>(MAX_ORIGINS);
  return new Agent({
    ...options,
    // Called when an origin has no connection: for the first time, or again after the last was closed.
    factory: (origin, poolOptions) => {
      const name = String(origin);
      const keepAliveTimeout = met.get(name) && open < MAX_OPEN ? REGULAR_KEEP_ALIVE_MS : STRANGER_KEEP_ALIVE_MS;
      met.set(name, true, RETURN_MS);
      // A server's own hint may ask for less; for more it is not heard.
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
 * Has a pool say nothing more to its Agent once it is closed; `onDisconnect` is told of every connection that ends. undici 7.30
 * counts what a closed pool disconnects against the pool that took its place, and closes that too: after one `Connection: close`
 * every request to a host had a connection of its own.
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
