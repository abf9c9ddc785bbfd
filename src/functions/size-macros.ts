// Functions of a picture's width and height for queries.
import type { Macro } from "./macro.ts";

/** Functions of width and height. In LAION's tables, sizes of zero and below mean unknown, like NULL. */
export const SIZE_MACROS: readonly Macro[] = [
  {
    name: "aspect",
    parameters: ["width", "height"],
    body: "CASE WHEN width > 0 AND height > 0 THEN width::DOUBLE / height END",
    says: "Width divided by height, above 1 for landscape; NULL if a size is unknown.",
  },
  {
    name: "shorter_side",
    parameters: ["width", "height"],
    body: "CASE WHEN width > 0 AND height > 0 THEN least(width, height) END",
    says: "The smaller of the two sizes; NULL if one is unknown, whereas least gives the other.",
  },
  {
    name: "longer_side",
    parameters: ["width", "height"],
    body: "CASE WHEN width > 0 AND height > 0 THEN greatest(width, height) END",
    says: "The larger of the two sizes; NULL if one is unknown.",
  },
  {
    name: "megapixels",
    parameters: ["width", "height"],
    body: "CASE WHEN width > 0 AND height > 0 THEN width::DOUBLE * height / 1000000 END",
    says: "Millions of pixels; NULL if a size is unknown.",
  },
];
