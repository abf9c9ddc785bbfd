// Compares EXIF tags of two readers that may word them differently.

/** A tag with two different values. */
export interface ExifDifference {
  readonly tag: string;
  readonly ours: string | undefined;
  readonly peers: string | undefined;
}

/**
 * Compares tag by tag, ignoring white space. If the peer has a word for a number of ours ("Uncalibrated"), that number
 * must have the same word in every picture that this object compares.
 */
export class ExifComparison {
  readonly #words = new Map<string, string>();

  /** Lists the tags that differ between two `exif` fields. */
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
