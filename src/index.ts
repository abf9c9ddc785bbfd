// The public library; whatever is not exported here may change at any time.
export { PrepError } from "./core/errors.ts";
export { OUTCOMES, type OutcomeCode } from "./core/outcome.ts";
