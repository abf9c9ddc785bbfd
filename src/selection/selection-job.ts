// The conductor, stage one: what all its phases are told.

import type { Resources, RunEffects, SelectionConfig } from "../job/config.ts";
import type { Attempt } from "../store/commit.ts";

/** What the phases of stage one share. */
export interface SelectionJob {
  readonly config: SelectionConfig;
  readonly samplesPerShard: number;
  readonly output: string;
  readonly resources: Resources;
  readonly attempt: Attempt;
  readonly effects: RunEffects;
}
