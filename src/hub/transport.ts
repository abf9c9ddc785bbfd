// The network as the hub's client sees it: one exchange, handed in, so that nothing here reaches for it.

/** A response whose body has not been read. */
export interface HubResponse {
  readonly status: number;
  /** A header by its name in lower case. */
  header(name: string): string | null;
  /** The body as it comes; read it to its end, or cancel. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Gives the connection up without reading the rest. */
  cancel(): Promise<void>;
}

/** Does one GET without following redirects. Rejects where no response came, and with the signal's reason. */
export type HubTransport = (url: string, headers: Readonly<Record<string, string>>, signal: AbortSignal) => Promise<HubResponse>;
