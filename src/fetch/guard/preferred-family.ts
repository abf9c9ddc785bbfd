// Chooses the address family to ask for first: IPv4, unless only IPv6 has a route.
import { createSocket } from "node:dgram";

/** IPv4 or IPv6. */
export type Family = 4 | 6;

/** A route that appears or disappears during a long run is noticed after this time. */
const LIFETIME_MS = 30_000;

/** Distant addresses that only a default route reaches; nothing is sent to them. */
const FAR: Readonly<Record<Family, string>> = { 4: "8.8.8.8", 6: "2001:4860:4860::8888" };

/**
 * Returns a function that says which family to prefer: 6 on a machine that has a route for IPv6 and none for IPv4, else 4. Never
 * rejects. `hasRoute` asks the kernel by default; tests give another.
 */
export function preferredFamily(
  hasRoute: (family: Family) => Promise<boolean> = hasRouteFor,
  now: () => number = () => performance.now(),
): () => Promise<Family> {
  let known: Promise<Family> | undefined;
  let knownSince = 0;
  return () => {
    if (!known || now() - knownSince > LIFETIME_MS) {
      knownSince = now();
      known = hasRoute(4).then(async (hasIpv4) => (hasIpv4 || !(await hasRoute(6)) ? 4 : 6));
    }
    return known;
  };
}

/** Whether the kernel has a route for a family. Connecting a UDP socket looks the route up and sends nothing. */
export async function hasRouteFor(family: Family): Promise<boolean> {
  const socket = createSocket(family === 4 ? "udp4" : "udp6");
  try {
    return await new Promise<boolean>((resolve) => {
      socket.once("error", () => resolve(false));
      socket.connect(9, FAR[family], (error?: Error) => resolve(!error));
    });
  } finally {
    socket.close();
  }
}
