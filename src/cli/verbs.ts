// The process edge: the words that are verbs, from the start and for good, so that a query never shadows one later.

/** Verbs that this version has. */
export const VERBS = [
  "run",
  "filter",
  "download",
  "demo",
  "queries",
  "describe",
  "metadata",
  "shell",
  "verify",
  "retry",
  "continue",
  "status",
  "clean",
  "task",
] as const;

/** Verbs that are reserved for what is to come. */
export const RESERVED_VERBS = [
  "plan",
  "doctor",
  "report",
  "view",
  "select",
  "features",
  "cat",
  "cancel",
  "submit",
  "index",
  "rights",
  "recheck",
  "completion",
] as const;
