// A TCP relay between a run and its web site, which a test can cut and mend.
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** How a relay is cut: it refuses and breaks connections, or it is silent. */
export type Cut = "refused" | "silent";

/** A relay to a port of this machine. */
export interface Relay {
  readonly port: number;
  /** Resolves when no bytes pass any more. */
  cut(how: Cut): Promise<void>;
  /** Resolves when new connections pass; those that were cut stay dead. */
  mend(): Promise<void>;
  close(): Promise<void>;
}

/** Opens a relay to a port of 127.0.0.1. */
export async function openRelay(to: number): Promise<Relay> {
  const sockets = new Set<Socket>();
  let isSilent = false;
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on("close", () => sockets.delete(socket)).on("error", () => undefined);
  };
  const server = createServer((near) => {
    keep(near);
    if (isSilent) return;
    const far = keep(connect(to, "127.0.0.1"));
    near.on("close", () => far.destroy());
    far.on("close", () => near.destroy());
    near.pipe(far).pipe(near);
  });
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once("error", reject).listen(port, "127.0.0.1", resolve);
    });
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return {
    port,
    cut: async (how) => {
      if (how === "refused") return await stop();
      isSilent = true;
      for (const socket of sockets) socket.unpipe().pause();
    },
    mend: async () => {
      isSilent = false;
      if (!server.listening) await listen(port);
    },
    close: async () => {
      if (server.listening) await stop();
    },
  };
}
