// Fetch: where the process may open few files, connections are not kept alive beyond a share of them.
import type { buildConnector, Dispatcher } from "undici";

/** Counts open connections, and ends those that would be kept alive where too many are. */
export class KeepAliveLimit {
  readonly #maxKept: number;
  #open = 0;

  /** Up to `maxKept` connections stay open for further requests. */
  constructor(maxKept: number) {
    this.#maxKept = maxKept;
  }

  /** Counts the connections that a connector opens. */
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

  /** A step before a dispatcher: a request asks for its connection to be closed afterwards while more than enough are open. */
  readonly interceptor: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (request, handler) =>
    dispatch(this.#open < this.#maxKept ? request : { ...request, reset: true }, handler);
}
