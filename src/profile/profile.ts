// The profile of metadata: what one pass over all rows tells about them.

/** A column of the view. */
export interface ProfiledColumn {
  readonly name: string;
  readonly type: string;
  /** Rows in which it is NULL, exact. */
  readonly nulls: number;
}

/** A number of each row: a size, a score, the length of the caption. */
export interface ProfiledNumber {
  readonly name: string;
  /** Rows with a usable value: a number, finite, and for sizes above zero. Exact, as are the next three. */
  readonly values: number;
  /** Rows that have a value which is none of these. */
  readonly unusable: number;
  readonly minimum: number | null;
  readonly maximum: number | null;
  /** Values at QUANTILES, approximate (t-digest of the sampled rows). */
  readonly quantiles: readonly number[];
  /** Exact counts; a bin reaches from `from` up to, not including, `to`, and the last one may end with the maximum. */
  readonly bins: readonly { readonly from: number; readonly to: number; readonly count: number }[];
}

/** How many rows have one of a few values. */
export interface Share {
  readonly value: string;
  readonly count: number;
}

/** What one pass tells. */
export interface Profile {
  readonly rows: number;
  /** Rows, chosen by chance, from which quantiles, hosts and formats are estimated: all of them where there are few. */
  readonly sampledRows: number;
  readonly columns: readonly ProfiledColumn[];
  readonly numbers: readonly ProfiledNumber[];
  /** Approximate, from a sample of the URLs by their hash; exact for small metadata; null where there is no url. */
  readonly distinctUrls: number | null;
  /** Rows whose URL is there and not http or https, exact; null where there is no url. */
  readonly otherSchemes: number | null;
  /** The most frequent hosts; which ones and how many rows they have is approximate. */
  readonly hosts: readonly Share[];
  /** Exact; what is no language code is `(other)`. */
  readonly languages: readonly Share[];
  /** By the extension in the URL, exact where every row is in the sample; an extension does not say what the server sends. */
  readonly formats: readonly Share[];
}

/** The shares at which quantiles are taken. */
export const QUANTILES = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99] as const;
