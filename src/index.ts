// The public library: errors and outcome codes. Everything else may change at any time.
export { PrepError } from "./core/errors.ts";
export { OUTCOMES, type OutcomeCode } from "./core/outcome.ts";
