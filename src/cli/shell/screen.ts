// The process edge: where the shell talks, a terminal or a pipe.

/** Where the shell talks. */
export interface Screen {
  /** Data. */
  readonly write: (text: string) => void;
  /** Resolves when there is room for more data. */
  readonly drained: () => Promise<void>;
  /** Messages. */
  readonly say: (text: string) => void;
  /** Width of the terminal, undefined where data goes elsewhere. */
  readonly columns: () => number | undefined;
  /** Asks a person; undefined where there is none. */
  readonly ask: (question: string) => Promise<string | undefined>;
  /** Runs `prep` with these arguments on the same terminal; resolves with its exit code. */
  readonly start: (args: readonly string[]) => Promise<number>;
}
