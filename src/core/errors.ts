// Typed errors that end a run, each with its exit code. A failed sample is never one of these.

/**
 * The words in a hint that stand for the command that was cut short. The command line knows the verb and its output, and replaces these
 * words with the command that goes on.
 */
const SAME_COMMAND = /\b(s)tart the same command again\b/gi;

/** Replaces "the same command" in a hint with a command. Returns the hint unchanged if there is no command. */
export function hintWithCommand(hint: string, command: string | undefined): string {
  return command === undefined ? hint : hint.replace(SAME_COMMAND, (_, letter: string) => `${letter}tart ${command}`);
}

/** An error that ends the run: a message for people, a hint that says what to do, and the exit code of the process. */
export abstract class PrepError extends Error {
  /** Exit code of the process. The documentation lists all of them. */
  abstract readonly exitCode: number;
  /** What the user can do about it, as one imperative sentence. */
  readonly hint: string | undefined;

  constructor(message: string, hint?: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
    this.hint = hint;
  }
}

/** The command line is wrong: an unknown option, an impossible value, an unknown `--set` name. */
export class UsageError extends PrepError {
  override readonly exitCode = 2;
}

/** The user's SQL does not parse, does not bind, is not allowed, or selects nothing usable. */
export class QueryError extends PrepError {
  override readonly exitCode = 3;
}

/** The input cannot be read: there are no files, a parquet file is broken, a column is missing. */
export class InputError extends PrepError {
  override readonly exitCode = 4;
}

/** The output cannot be written: it is not writable, the disk is full, or it belongs to another run. */
export class OutputError extends PrepError {
  override readonly exitCode = 5;
}

/** The run finished below the quality that was asked for, or everything failed in the same way. */
export class QualityError extends PrepError {
  override readonly exitCode = 6;
}

/** Work is left, and the same command continues it. */
export class IncompleteError extends PrepError {
  override readonly exitCode = 7;
}

/** Exit codes as a shell counts them: 128 and the signal's number. */
const SIGNAL_CODES = { SIGINT: 130, SIGPIPE: 141, SIGTERM: 143 } as const;

/** A signal stopped the run. Finished work is kept. */
export class InterruptedError extends PrepError {
  override readonly exitCode: number;

  constructor(signal: keyof typeof SIGNAL_CODES, hint?: string) {
    super(`stopped by ${signal}`, hint);
    this.exitCode = SIGNAL_CODES[signal];
  }
}
