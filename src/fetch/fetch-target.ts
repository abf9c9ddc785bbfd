// A row's URL, parsed and checked once; every later step of a download reads it from here.
import { type Failure, failure } from "../core/outcome.ts";
import { parseTarget, type TargetRules } from "./guard/target-url.ts";

/** A URL that may be requested, or the reason why it is refused. `text` is the URL as the row has it. */
export type FetchTarget =
  | { readonly text: string; readonly url: URL; readonly refusal?: undefined }
  | { readonly text: string | null; readonly url?: undefined; readonly refusal: Failure };

/** What a URL must pass before it is requested. */
export interface TargetChecks extends TargetRules {
  /** The entry of a block list that forbids a URL, such as `host example.com`; undefined if none does. */
  readonly blocks?: (url: URL) => string | undefined;
}

/** Parses and checks the URL of a row. The refusals are those of `parseTarget`, and `block_listed`. */
export function toFetchTarget(text: string | null, checks: TargetChecks): FetchTarget {
  const url = parseTarget(text, checks);
  if (!(url instanceof URL)) return { text, refusal: url };
  const listed = blockListed(url, checks);
  return listed ? { text, refusal: listed } : { text: text ?? url.href, url };
}

/** The failure `block_listed` if a block list forbids the URL, else undefined. */
export function blockListed(url: URL, checks: TargetChecks): Failure | undefined {
  const entry = checks.blocks?.(url);
  return entry === undefined ? undefined : failure("block_listed", entry);
}
