// The conductor, reading back: what is found wrong with an output, counted without end and kept up to a bound.

/** What can be wrong. The first group is damage; `unpublished` and `summary` are what a start that was cut short leaves. */
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

/** One thing that is wrong. */
export interface Finding {
  readonly kind: FindingKind;
  /** Name in the output. */
  readonly file: string;
  readonly text: string;
  /** The shard that it makes worth redoing; undefined where no shard is broken. */
  readonly shard?: string;
}

/** Findings that are kept and named; more are only counted. */
const MAX_KEPT = 1000;

/** Collects findings. */
export class Findings {
  readonly kept: Finding[] = [];
  /** Shards that have damage, in no order. */
  readonly damaged = new Set<string>();
  readonly #onFinding: (finding: Finding) => void;
  damage = 0;
  unfinished = 0;

  constructor(onFinding: (finding: Finding) => void) {
    this.#onFinding = onFinding;
  }

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
