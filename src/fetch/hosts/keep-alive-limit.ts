// Keeps few connections alive if the process may open few files.
import type { buildConnector, Dispatcher } from "undici";

/** Counts open connections, and lets none be kept alive while too many are open. */
export class KeepAliveLimit {
  readonly #maxKept: number;
  #open = 0;

  /** Connections are kept alive while fewer than `maxKept` are open. */
  constructor(maxKept: number) {
    this.#maxKept = maxKept;
  }

  /** A connector that counts the connections which another one opens. */
  counting(connector: buildConnector.connector): buildConnector.connector {
    return (target, callback) =>
      connector(target, (...outcome) => {
        const [, socket] = outcome;
        if (socket) {
          this.#open += 1;
          socket.once("close", () => {
            this.#open -= 1;
          });
        }
        return callback(...outcome);
      });
  }

  /** Asks for a connection to be closed after its request while too many are open. Composes with a dispatcher. */
  readonly interceptor: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (request, handler) =>
    dispatch(this.#open < this.#maxKept ? request : { ...request, reset: true }, handler);
}
