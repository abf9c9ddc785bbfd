// Short names of data sets, and the repositories on the hub that they mean.
import { UsageError } from "../core/errors.ts";
import { nearestName } from "../core/nearest.ts";

/** Repositories by short name, whose case does not matter. Withdrawn sets are left out. */
const REPOSITORIES: Readonly<Record<string, string>> = {
  "relaion2B-en-research-safe": "laion/relaion2B-en-research-safe",
  "relaion2B-multi-research-safe": "laion/relaion2B-multi-research-safe",
  "relaion1B-nolang-research-safe": "laion/relaion1b-nolang-research-safe",
  "relaion2B-en-research": "laion/relaion2B-en-research",
  relaion400m: "laion/relaion400m",
  "relaion-high-resolution": "laion/relaion-high-resolution",
  "relaion-art": "laion/relaion-art",
  "relaion-coco": "laion/relaion-coco",
  "laion2B-en-aesthetic": "laion/laion2B-en-aesthetic",
  "relaion2B-multi-aesthetic": "laion/relaion2B-multi-aesthetic",
  "relaion1B-nolang-aesthetic": "laion/relaion1B-nolang-aesthetic",
  "coyo-700m": "kakaobrain/coyo-700m",
  "datacomp-small": "mlfoundations/datacomp_small",
  "datacomp-medium": "mlfoundations/datacomp_medium",
  "datacomp-large": "mlfoundations/datacomp_large",
  "datacomp-xlarge": "mlfoundations/datacomp_xlarge",
};

/** A part of a name must have this many letters to suggest the whole. */
const LEAST_PART = 3;

/** The known short names. */
export const DATASET_NAMES: readonly string[] = Object.keys(REPOSITORIES);

/**
 * The `org/name` that a short name, `org/name` itself or the address of its page means. Throws UsageError with the nearest name for
 * anything else.
 */
export function repositoryOf(word: string): string {
  const name = word
    .trim()
    .replace(/^(hf:\/\/|https?:\/\/[^/]+\/)datasets\//i, "")
    .replace(/\/+$/, "");
  const known = Object.entries(REPOSITORIES).find(([short]) => fold(short) === fold(name))?.[1];
  if (known !== undefined) return known;
  // The hub allows these names. Anything else could change the address that is requested.
  if (/^[A-Za-z0-9][\w.-]{0,95}\/[A-Za-z0-9][\w.-]{0,95}$/.test(name) && !/\.\.|\.git$/.test(name)) return name;
  const nearest = nearestRepository(name);
  throw new UsageError(
    `no data set is called ${word}`,
    `${nearest ? `Did you mean ${nearest}? ` : ""}Write org/name as on the hub, or one of ${DATASET_NAMES.join(", ")}.`,
  );
}

/**
 * The known names or repositories that an unknown name may mean, in words: `a, b or c`. These are names that contain it, otherwise the
 * one with the most similar spelling. Undefined if there is none.
 */
export function nearestRepository(name: string): string | undefined {
  const names = name.includes("/") ? Object.values(REPOSITORIES) : DATASET_NAMES;
  const bare = (text: string) => text.toLowerCase().replace(/[^a-z0-9/]/g, "");
  const longer = bare(name).length < LEAST_PART ? [] : names.filter((candidate) => bare(candidate).includes(bare(name)));
  const near = nearestName(name, names);
  const meant = longer.length > 0 ? longer.slice(0, 4) : near === undefined ? [] : [near];
  return meant.length < 2 ? meant[0] : `${meant.slice(0, -1).join(", ")} or ${meant.at(-1)}`;
}

function fold(name: string): string {
  return name.toLowerCase().replaceAll("_", "-");
}
