// The network interface of the hub's client, which callers pass in.

/** A response whose body has not been read. */
export interface HubResponse {
  readonly status: number;
  /** A header by its name in lower case. */
  header(name: string): string | null;
  /** The body in chunks. Read it to its end, or cancel it. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Closes the connection without reading the rest. */
  cancel(): Promise<void>;
}

/** Sends one GET without following redirects. Rejects if there is no response, and with the signal's reason when it aborts. */
export type HubTransport = (url: string, headers: Readonly<Record<string, string>>, signal: AbortSignal) => Promise<HubResponse>;
