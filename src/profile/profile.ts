// The result of profiling metadata.

/** A column of the view. */
export interface ProfiledColumn {
  readonly name: string;
  readonly type: string;
  /** How many rows have NULL; exact. */
  readonly nulls: number;
}

/** A number of each row, such as a size, a score, or the length of the caption. */
export interface ProfiledNumber {
  readonly name: string;
  /** How many rows have a usable value: a finite number, above zero for sizes. This and the next three are exact. */
  readonly values: number;
  /** How many rows have another value. */
  readonly unusable: number;
  readonly minimum: number | null;
  readonly maximum: number | null;
  /** Values at QUANTILES; approximate (t-digest of the sampled rows). */
  readonly quantiles: readonly number[];
  /** Exact counts. A bin includes `from` and excludes `to`, except that the last bin may include the maximum. */
  readonly bins: readonly { readonly from: number; readonly to: number; readonly count: number }[];
}

/** A value and how many rows have it. */
export interface Share {
  readonly value: string;
  readonly count: number;
}

/** A profile of metadata. */
export interface Profile {
  readonly rows: number;
  /** How many random rows were used to estimate quantiles, hosts and formats; all rows of small metadata. */
  readonly sampledRows: number;
  readonly columns: readonly ProfiledColumn[];
  readonly numbers: readonly ProfiledNumber[];
  /** Estimated from a sample of URLs by hash; exact for small metadata; null if there is no url. */
  readonly distinctUrls: number | null;
  /** How many rows have a URL that is neither http nor https; exact; null if there is no url. */
  readonly otherSchemes: number | null;
  /** The most frequent hosts; both the choice and the counts are approximate. */
  readonly hosts: readonly Share[];
  /** Rows by language; exact. Values that are not language codes count as `(other)`. */
  readonly languages: readonly Share[];
  /** Rows by the extension in the URL; exact if all rows are sampled. The server may send another format. */
  readonly formats: readonly Share[];
}

/** The quantiles that are computed, as shares. */
export const QUANTILES = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99] as const;
