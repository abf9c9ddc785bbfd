// Fetch, inside: how a failure travels up through callbacks and promises until the attempt turns it into data.
import { type Failure, type FailureCode, failure } from "../core/outcome.ts";

/** Carries a `Failure` inside this folder; it never leaves it. */
export class FailureError extends Error {
  readonly failure: Failure;

  constructor(code: FailureCode, detail?: string) {
    super(detail ?? code);
    this.name = "FailureError";
    this.failure = failure(code, detail);
  }
}

/** Codes of errors that are a lack of this machine: the same sample would succeed elsewhere, so the run must hear of it. */
export const MACHINE_ERRORS: ReadonlySet<string> = new Set(["EMFILE", "ENFILE", "ENOMEM", "UND_ERR_DESTROYED", "UND_ERR_CLOSED"]);
