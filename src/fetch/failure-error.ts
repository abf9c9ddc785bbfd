// An error that carries a failure through callbacks until the attempt returns it as data.
import { type Failure, type FailureCode, failure } from "../core/outcome.ts";

/** Carries a `Failure` inside this folder, and never leaves it. */
export class FailureError extends Error {
  readonly failure: Failure;

  constructor(code: FailureCode, detail?: string) {
    super(detail ?? code);
    this.name = "FailureError";
    this.failure = failure(code, detail);
  }
}

/**
 * Codes of errors that mean a lack of resources of this machine. The same sample would succeed elsewhere, so the error must reach the run.
 */
export const MACHINE_ERRORS: ReadonlySet<string> = new Set(["EMFILE", "ENFILE", "ENOMEM", "UND_ERR_DESTROYED", "UND_ERR_CLOSED"]);
