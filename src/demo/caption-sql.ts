// SQL for the demo captions: LAION lengths, mostly English, with oddities of real alt texts.
import { bits, pick, textList } from "./hash-sql.ts";
import { ADJECTIVES, CAPTION_ENDINGS, CLAUSES, FOREIGN_PHRASES, NAMES, NOUNS, PLACES, PRODUCTS } from "./word-lists.ts";

// Quantiles 0.05 ... 0.95 of caption lengths in laion2B-en, in characters, and one more for the heavy tail.
const LENGTHS = [14, 21, 25, 30, 33, 37, 40, 43, 47, 50, 54, 58, 62, 67, 72, 78, 85, 96, 114, 152, 330];
// Mean characters of a caption of 1, 2, ... parts, as built below. Beyond them each clause adds CLAUSE_CHARACTERS.
const PART_ENDS = [22, 33, 49, 66, 94, 109];
const CLAUSE_CHARACTERS = 42;

/** The lists that the expressions of this file read. They are columns of the one-row table beside the rows. */
export const CAPTION_LISTS: Readonly<Record<string, string>> = {
  adjectives: textList(ADJECTIVES),
  nouns: textList(NOUNS),
  places: textList(PLACES),
  products: textList(PRODUCTS),
  names: textList(NAMES),
  clauses: textList(CLAUSES),
  foreign_phrases: textList(FOREIGN_PHRASES),
  caption_endings: textList(CAPTION_ENDINGS),
  caption_parts: `[${Array.from({ length: 256 }, (_, step) => partsAt((step + 0.5) / 256)).join(",")}]`,
};

/** How many parts the caption of a row has, from 8 bits of a hash at `shift`. */
export function captionParts(hash: string, shift: number): string {
  return `caption_parts[${bits(hash, shift, 8)} + 1]`;
}

/**
 * The caption of a row, from three hashes and its number of parts. It is null for one row in 1,000, and has 5 to 60 thousand
 * characters for one row in 100,000.
 */
export function caption(row: string, parts: string, first: string, second: string, third: string): string {
  const adjective = (hash: string, shift: number) => pick("adjectives", ADJECTIVES.length, hash, shift);
  const noun = (hash: string, shift: number) => pick("nouns", NOUNS.length, hash, shift);
  const name = (hash: string, shift: number) => pick("names", NAMES.length, hash, shift);
  const foreign = (shift: number) => pick("foreign_phrases", FOREIGN_PHRASES.length, third, shift);
  const when = (count: number, ...pieces: string[]) => `CASE WHEN ${parts} >= ${count} THEN concat(${pieces.join(", ")}) END`;
  const clause = (shift: number) => pick("clauses", CLAUSES.length, third, shift);

  const english = `concat(${[
    adjective(first, 0),
    "' '",
    name(third, 20),
    "' '",
    noun(first, 12),
    when(2, "' in '", pick("places", PLACES.length, first, 24)),
    when(3, "' by '", name(second, 0), "' '", name(second, 16)),
    when(4, "' with '", name(first, 36), "' '", noun(first, 48)),
    when(5, "' - '", pick("products", PRODUCTS.length, second, 24), "' '", `hex(${second} >> 24)`),
    when(6, "' | '", name(second, 33), "' '", name(third, 0)),
    when(7, "', '", clause(8), "' '", `hex(${first} >> 32)`),
    `CASE WHEN ${parts} >= 8 THEN array_to_string(list_transform(range(${parts} - 7), n -> clauses[(${bits(third, 16, 12)} + n * 5) % ${CLAUSES.length} + 1]), '. ') END`,
  ].join(", ")})`;
  const other = `concat(${foreign(0)}, ' ', ${foreign(12)}, ${when(3, "' – '", foreign(24))}, ${when(5, "' '", foreign(36))})`;
  const text = `CASE WHEN ${bits(third, 56, 8)} < 12 THEN ${other} ELSE ${english} END`;
  const rare = bits(third, 40, 10);
  return `CASE WHEN ${row} % 100000 = 31337 THEN left(repeat(${english} || ' ', 2800), 5000 + ${bits(second, 8, 8)} * 215)
    WHEN ${rare} = 0 THEN NULL
    WHEN ${rare} < 90 THEN concat(${text}, ' ', ${pick("caption_endings", CAPTION_ENDINGS.length, second, 12)})
    WHEN ${rare} < 100 THEN concat('"', ${text}, '"')
    ELSE ${text} END`;
}

function partsAt(share: number): number {
  const place = share * (LENGTHS.length - 1);
  const [from = 0, to = 0] = [LENGTHS[Math.floor(place)], LENGTHS[Math.floor(place) + 1]];
  const length = from + (to - from) * (place - Math.floor(place));
  const ends = [...PART_ENDS, ...Array.from({ length: 8 }, (_, index) => (PART_ENDS.at(-1) ?? 0) + CLAUSE_CHARACTERS * (index + 1))];
  const distances = ends.map((end) => Math.abs(end - length));
  return distances.indexOf(Math.min(...distances)) + 1;
}
