// Core vocabulary: the typed errors that end a run, each with its exit code; a failed sample is never one of these.

/**
 * What a hint says to have done what an error cut short. The process edge knows the verb and its output, and puts the command that goes
 * on in the place of these words.
 */
const SAME_COMMAND = /\b(s)tart the same command again\b/gi;

/** A hint in which a command takes the place of "the same command"; as it is where there is none to name. */
export function hintWithCommand(hint: string, command: string | undefined): string {
  return command === undefined ? hint : hint.replace(SAME_COMMAND, (_, letter: string) => `${letter}tart ${command}`);
}

/** A run that cannot go on: a message for people, a hint that says what to do, and the process's exit code. */
export abstract class PrepError extends Error {
  /** Exit code of the process; see the table in the README. */
  abstract readonly exitCode: number;
  /** What the user can do about it, one imperative sentence. */
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

/** What goes in cannot be read: no files, a broken parquet file, a missing column. */
export class InputError extends PrepError {
  override readonly exitCode = 4;
}

/** What comes out cannot be written: not writable, full, or it belongs to another run. */
export class OutputError extends PrepError {
  override readonly exitCode = 5;
}

/** The run finished below the quality that was asked for, or everything failed the same way. */
export class QualityError extends PrepError {
  override readonly exitCode = 6;
}

/** Work is left undone, and the same command continues it. */
export class IncompleteError extends PrepError {
  override readonly exitCode = 7;
}

/** Exit codes as a shell has them: 128 and the signal's number. */
const SIGNAL_CODES = { SIGINT: 130, SIGPIPE: 141, SIGTERM: 143 } as const;

/** A signal asked the run to stop; what was finished stays. */
export class InterruptedError extends PrepError {
  override readonly exitCode: number;

  constructor(signal: keyof typeof SIGNAL_CODES, hint?: string) {
    super(`stopped by ${signal}`, hint);
    this.exitCode = SIGNAL_CODES[signal];
  }
}
