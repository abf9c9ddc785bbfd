// The functions of queries: what the two sizes of a picture say together.
import type { Macro } from "./macro.ts";

/** Sizes of zero and below mean "unknown" in LAION's tables, as NULL does. */
export const SIZE_MACROS: readonly Macro[] = [
  {
    name: "aspect",
    parameters: ["width", "height"],
    body: "CASE WHEN width > 0 AND height > 0 THEN width::DOUBLE / height END",
    says: "Width over height, above 1 for landscape; NULL where a size is unknown.",
  },
  {
    name: "shorter_side",
    parameters: ["width", "height"],
    body: "CASE WHEN width > 0 AND height > 0 THEN least(width, height) END",
    says: "The smaller of the two sizes; NULL where one is unknown, unlike least, which then gives the other.",
  },
  {
    name: "longer_side",
    parameters: ["width", "height"],
    body: "CASE WHEN width > 0 AND height > 0 THEN greatest(width, height) END",
    says: "The larger of the two sizes; NULL where one is unknown.",
  },
  {
    name: "megapixels",
    parameters: ["width", "height"],
    body: "CASE WHEN width > 0 AND height > 0 THEN width::DOUBLE * height / 1000000 END",
    says: "Millions of pixels; NULL where a size is unknown.",
  },
];
