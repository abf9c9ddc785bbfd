// Collects what is wrong with an output: all of it is counted, the first thousand are kept.

/** What can be wrong. `unpublished` and `summary` are work that an interrupted start has left; all others are damage. */
export type FindingKind =
  | "missing"
  | "size"
  | "digest"
  | "torn"
  | "record"
  | "contents"
  | "unrecorded"
  | "plan"
  | "start"
  | "unpublished"
  | "summary";

/** One fault of an output. */
export interface Finding {
  readonly kind: FindingKind;
  /** Path relative to the output. */
  readonly file: string;
  /** A clause about the file, without its name: "it is missing". */
  readonly text: string;
  /** The shard that must be made again; undefined if no shard is broken. */
  readonly shard?: string;
}

/** Later findings are only counted. */
const MAX_KEPT = 1000;

/** Collects findings, and calls `onFinding` for those that are kept. */
export class Findings {
  readonly kept: Finding[] = [];
  /** Names of the damaged shards, in no order. */
  readonly damaged = new Set<string>();
  readonly #onFinding: (finding: Finding) => void;
  /** Findings that are damage. */
  damage = 0;
  /** Findings that the next start of the run clears up. */
  unfinished = 0;

  constructor(onFinding: (finding: Finding) => void) {
    this.#onFinding = onFinding;
  }

  /** Counts a finding, and keeps it if there is room. */
  add(finding: Finding): void {
    if (finding.kind === "unpublished" || finding.kind === "summary") this.unfinished += 1;
    else {
      this.damage += 1;
      if (finding.shard !== undefined) this.damaged.add(finding.shard);
    }
    if (this.kept.length >= MAX_KEPT) return;
    this.kept.push(finding);
    this.#onFinding(finding);
  }
}
