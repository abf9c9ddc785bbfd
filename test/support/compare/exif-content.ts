// test:compare, EXIF: whether two readers of it found the same, whatever words they have for it.

/** A tag that two readers show differently, in their words. */
export interface ExifDifference {
  readonly tag: string;
  readonly ours: string | undefined;
  readonly peers: string | undefined;
}

/**
 * Compares tag by tag, white space aside: a fraction is the same fraction, and a date the same date. Where the peer has
 * a word for our number ("Uncalibrated"), the same number must have the same word in every picture that this object sees.
 */
export class ExifComparison {
  readonly #words = new Map<string, string>();

  /** The tags that differ between two `exif` fields. */
  differences(ours: unknown, peers: unknown): ExifDifference[] {
    const [left, right] = [tagsOf(ours), tagsOf(peers)];
    if (left === undefined || right === undefined) {
      return left === right ? [] : [{ tag: "all", ours: String(ours), peers: String(peers) }];
    }
    return [...new Set([...Object.keys(left), ...Object.keys(right)])]
      .map((tag) => ({ tag, ours: left[tag], peers: right[tag] }))
      .filter((found) => !this.#isSame(found));
  }

  #isSame({ tag, ours, peers }: ExifDifference): boolean {
    if (ours === undefined || peers === undefined) return false;
    const [left, right] = [contentOf(ours), contentOf(peers)];
    if (left === right) return true;
    if (!/^\d+$/.test(left) || /^[\d[]/.test(right)) return false;
    const known = this.#words.get(`${tag} ${left}`);
    this.#words.set(`${tag} ${left}`, known ?? right);
    return (known ?? right) === right;
  }
}

function tagsOf(field: unknown): Readonly<Record<string, string>> | undefined {
  return typeof field === "string" ? (JSON.parse(field) as Record<string, string>) : undefined;
}

function contentOf(text: string): string {
  return text.replaceAll("\0", " ").replace(/\s+/g, " ").trim();
}
