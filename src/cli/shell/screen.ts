// The place to which the shell writes: a terminal or a pipe.

/** A terminal or a pipe. */
export interface Screen {
  /** Writes data. */
  readonly write: (text: string) => void;
  /** Resolves when there is room for more data. */
  readonly drained: () => Promise<void>;
  /** Writes a message and ends its line. */
  readonly say: (text: string) => void;
  /** Width of the terminal in columns; undefined if data goes elsewhere. */
  readonly columns: () => number | undefined;
  /** Asks a person; resolves with undefined if there is none. */
  readonly ask: (question: string) => Promise<string | undefined>;
  /** Runs `prep` with these arguments on the same terminal; resolves with its exit code. */
  readonly start: (args: readonly string[]) => Promise<number>;
}
