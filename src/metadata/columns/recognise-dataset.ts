// Recognises published data sets by columns and file names, and knows their quirks.

/** What is known about a data set beyond its column names. */
export interface KnownDataset {
  readonly name: string;
  /** Whether WIDTH holds the height and HEIGHT the width. */
  readonly swappedSizes: boolean;
  /** A sentence that the set was withdrawn and what its successor is, if so. */
  readonly withdrawal?: string;
  /** Notices for the user, without the set's name; they include the withdrawal. */
  readonly notices: readonly string[];
}

/** Recognises a data set by its columns. */
interface DatasetRule {
  readonly name: string;
  /** Columns that it has, in lower case. */
  readonly requires: readonly string[];
  /** Whether it has no other columns, except pandas' index columns `__...`. */
  readonly exactly?: boolean;
  readonly swappedSizes?: boolean;
  /** What replaced the set, if it was withdrawn. */
  readonly successor?: string;
  readonly notices?: readonly string[];
}

/** The first rule that holds wins, so narrower rules come first. */
const RULES: readonly DatasetRule[] = [
  {
    name: "laion2B-multi (original)",
    requires: ["sample_id", "url", "text", "license", "nsfw", "language"],
    swappedSizes: true,
    successor: "laion/relaion2B-multi-research-safe",
  },
  {
    name: "LAION-400M or an original laion2B/1B set",
    requires: ["sample_id", "url", "text", "license", "nsfw"],
    swappedSizes: true,
    successor: "laion/relaion400m or laion/relaion2B-en-research-safe",
  },
  {
    name: "Re-LAION-5B research or LAION-5B md5",
    requires: ["url", "caption", "key", "status", "width", "original_width", "original_height", "punsafe"],
  },
  {
    name: "COYO-700M",
    requires: ["url", "text", "image_phash", "watermark_score"],
    notices: [
      "punsafe, pwatermark and aesthetic come from other models than LAION's: look at their distributions before you choose thresholds",
    ],
  },
  { name: "DataComp / CommonPool", requires: ["uid", "url", "text", "original_width", "clip_b32_similarity_score"] },
  {
    name: "laion-coco",
    requires: ["url", "text", "top_caption", "all_captions"],
    successor: "laion/relaion-coco",
    notices: ["caption is the alt text (TEXT); for the generated caption write SELECT * REPLACE (top_caption AS caption)"],
  },
  {
    name: "laion2B-multi/1B-nolang translated",
    requires: ["url", "text", "eng text"],
    notices: ['caption is the original text (TEXT); for the translation write SELECT * REPLACE ("ENG TEXT" AS caption)'],
  },
  { name: "LAION aesthetics v2", requires: ["url", "text", "aesthetic_score", "punsafe"] },
  { name: "laion-art or laion2B-multi-aesthetic", requires: ["url", "text", "aesthetic", "punsafe", "language"] },
  { name: "LAION aesthetic v1", requires: ["url", "text", "aesthetic", "punsafe"] },
  {
    name: "laion-high-resolution or laion2B-multi-joined",
    requires: ["url", "text", "width", "height", "hash", "punsafe", "pwatermark", "language"],
  },
  { name: "laion2B/1B-joined", requires: ["url", "text", "width", "height", "hash", "punsafe", "pwatermark"] },
  { name: "cc2dataset", requires: ["uid", "url", "alt"] },
  { name: "a LAION tag table", requires: ["hash", "prediction"], exactly: true },
  { name: "CC12M-like (URL and caption only)", requires: ["url", "caption"], exactly: true },
  { name: "URL and text only", requires: ["url", "text"], exactly: true },
];

/** Recognises a data set by the path of a file. */
interface PublishedSet {
  readonly path: RegExp;
  readonly name: string;
  /** What replaced the set, if it was withdrawn. */
  readonly successor?: string;
}

/** Sets that paths tell better than columns. Re-LAION sets come first, because their names contain those of withdrawn sets. */
const PUBLISHED: readonly PublishedSet[] = [
  { path: /339dc23d-0869-4dc0|relaion2B-en-research/i, name: "Re-LAION-5B en research" },
  { path: /relaion2B-multi-research/i, name: "Re-LAION-5B multi research" },
  { path: /relaion1B-nolang-research/i, name: "Re-LAION-5B nolang research" },
  { path: /relaion[\w.-]*/i, name: "a Re-LAION set" },
  { path: /5114fd87-297e-42b0/i, name: "laion2B-en (original)", successor: "laion/relaion2B-en-research-safe" },
  { path: /fc82da14-99c9-4ff6/i, name: "laion2B-multi (original)", successor: "laion/relaion2B-multi-research-safe" },
  { path: /d6a94da9-d368-4d5b/i, name: "laion1B-nolang (original)", successor: "laion/relaion1b-nolang-research-safe" },
  { path: /4cfd6e30-f032-46ee/i, name: "laion2B-en-joined", successor: "laion/relaion2B-en-research-safe" },
  { path: /fcd86c9b-36f4-49ff/i, name: "laion2B-multi-joined", successor: "laion/relaion2B-multi-research-safe" },
  { path: /4852663c-9585-44b0/i, name: "laion1B-nolang-joined", successor: "laion/relaion1b-nolang-research-safe" },
  { path: /laion2B-en-md5/i, name: "laion2B-en-md5", successor: "laion/relaion2B-en-research-safe" },
  { path: /laion2B-multi-md5/i, name: "laion2B-multi-md5", successor: "laion/relaion2B-multi-research-safe" },
  { path: /laion1B-nolang-md5/i, name: "laion1B-nolang-md5", successor: "laion/relaion1b-nolang-research-safe" },
  { path: /5d6701c4-b238-4c0a/i, name: "laion-high-resolution", successor: "laion/relaion-high-resolution" },
  { path: /2256f782-126f-4dc6/i, name: "laion-coco", successor: "laion/relaion-coco" },
  { path: /\/laion-?400m/i, name: "LAION-400M", successor: "laion/relaion400m" },
  { path: /\/laion-art/i, name: "laion-art", successor: "laion/relaion-art" },
];

/** Successors of withdrawn sets by repository name, for names that `PUBLISHED` does not have. Only a-z and 0-9, in lower case. */
const WITHDRAWN_NAMES: Readonly<Record<string, string>> = {
  laion5b: "laion/relaion2B-en-research-safe, laion/relaion2B-multi-research-safe and laion/relaion1b-nolang-research-safe",
  laion2b: "laion/relaion2B-en-research-safe",
  laion400mmeta: "laion/relaion400m",
  aestheticsv245: "laion/laion2B-en-aesthetic",
};

/** The successor of a withdrawn data set by its name, such as `laion2B-en` or `laion/laion2B-en`; undefined for other sets. */
export function successorOf(name: string): string | undefined {
  const fold = (text: string) => text.toLowerCase().replace(/\(.*\)|[^a-z0-9]/g, "");
  const [, owner, word = name] = /^([^/]+)\/(.+)$/.exec(name) ?? [];
  if (owner !== undefined && owner.toLowerCase() !== "laion") return undefined;
  const folded = fold(word);
  return PUBLISHED.find((set) => set.successor !== undefined && fold(set.name) === folded)?.successor ?? WITHDRAWN_NAMES[folded];
}

/** What a path tells about the data set. Files with equal columns and equal hints mean the same. */
export function pathHint(path: string): string {
  const published = PUBLISHED.findIndex((set) => set.path.test(path));
  return `${published} ${predictionMeaning(path) ?? ""}`;
}

/** What `prediction` means in a tag table, by the name of its folder or file; undefined if that does not tell. */
export function predictionMeaning(path: string): "punsafe" | "aesthetic" | "pwatermark" | undefined {
  const tail = path.split("/").slice(-3).join("/");
  if (/aesthetic/i.test(tail)) return "aesthetic";
  if (/watermark/i.test(tail)) return "pwatermark";
  return /safe|nsfw/i.test(tail) ? "punsafe" : undefined;
}

/** The data set with these columns (in lower case) and this path of a file; undefined if it is not known. */
export function recogniseDataset(columns: ReadonlySet<string>, path: string): KnownDataset | undefined {
  const rule = RULES.find(
    ({ requires, exactly }) =>
      requires.every((name) => columns.has(name)) &&
      (!exactly || [...columns].every((name) => requires.includes(name) || name.startsWith("__"))),
  );
  const published = columns.has("url") ? PUBLISHED.find((set) => set.path.test(path)) : undefined;
  if (!rule && !published) return undefined;
  const successor = published ? published.successor : rule?.swappedSizes ? rule.successor : undefined;
  const withdrawal =
    successor &&
    `LAION withdrew this data set in December 2023 because some of its links led to illegal material; its successor is ${successor}, without those links, of August 2024`;
  return {
    name: published?.name ?? rule?.name ?? "",
    swappedSizes: rule?.swappedSizes ?? false,
    ...(withdrawal ? { withdrawal } : {}),
    notices: [...(withdrawal ? [withdrawal] : []), ...(rule?.notices ?? [])],
  };
}
