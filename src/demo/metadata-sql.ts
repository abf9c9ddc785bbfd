// The SELECT of any range of rows of LAION-like metadata, from row number and seed alone.
import { CAPTION_LISTS, caption, captionParts } from "./caption-sql.ts";
import { bits, mixedHash } from "./hash-sql.ts";
import { LAYOUTS, type MetadataLayout } from "./layouts.ts";
import { normalPair, SIZE_LISTS, sizeAt, snapped } from "./size-sql.ts";
import { hostRank, URL_LISTS, url } from "./url-sql.ts";

/** What shapes the rows. */
export interface MetadataRows {
  readonly seed: string;
  readonly layout: MetadataLayout;
  /** With a port every URL is plain http to that port. */
  readonly port?: number;
}

// 4 in 100 rows have the URL and picture of an earlier row: URLs repeat in LAION, pairs with a caption do not.
const DUPLICATE_SHARE = 0.04;

/**
 * The SELECT of rows `from` up to, not including, `to`. More rows never change the ones before them. `source` is a table with at
 * least that many rows, used for its row ids alone, because a single thread reads DuckDB's range().
 */
export function metadataSelect(source: string, from: number, to: number, { seed, layout, port }: MetadataRows): string {
  const lists = Object.entries({ ...SIZE_LISTS, ...CAPTION_LISTS, ...URL_LISTS }).map(([name, list]) => `${list} AS ${name}`);
  const hash = (name: string, row: string) => `${mixedHash(row, name, seed)} AS h_${name}`;
  const ofRow = ["scores", "unsafe", "similarity", "hash", "first", "second", "third", "tags"].map((name) => hash(name, "row"));
  const ofPicture = ["sizes", "hosts", "names", "words"].map((name) => hash(name, "picture"));
  const sizes = normalPair("h_sizes");
  const known = (name: string) => `CASE ${bits("h_tags", 40, 11)} WHEN 0 THEN NULL WHEN 1 THEN 0 ELSE ${name} END`;
  const address = url({ hosts: "h_hosts", names: "h_names", words: "h_words", rank: "rank", width: "w", height: "h" }, port);

  const layers = [
    `SELECT *, ${mixedHash("row", "duplicates", seed)} AS h_duplicates FROM (SELECT rowid + ${from} AS row FROM ${source} WHERE rowid < ${to - from})`,
    `SELECT *, CASE WHEN (h_duplicates >> 44) < ${Math.round(DUPLICATE_SHARE * 2 ** 20)}
      THEN ((h_duplicates & 8796093022207) % (row + 1)::UBIGINT)::BIGINT ELSE row END AS picture FROM (@)`,
    `SELECT *, ${ofRow.join(", ")}, ${ofPicture.join(", ")} FROM (@)`,
    `SELECT *, ${sizes.first} AS z_width, ${sizes.second} AS z_height, ${hostRank("h_hosts")} AS rank,
      ${captionParts("h_third", 48)} AS parts FROM (@), (SELECT ${lists.join(", ")})`,
    `SELECT *, ${sizeAt("width_grid", "z_width")} AS raw_width, ${sizeAt("height_grid", "z_height")} AS raw_height FROM (@)`,
    `SELECT *, ${snapped("raw_width", "h_words", 8)} AS w, ${snapped("raw_height", "h_words", 30)} AS h FROM (@)`,
    `SELECT *, ${address} AS "URL", ${caption("row", "parts", "h_first", "h_second", "h_third")} AS "TEXT",
      ${known("w")}::INTEGER AS "WIDTH", ${known("h")}::INTEGER AS "HEIGHT" FROM (@)`,
    `SELECT ${LAYOUTS[layout].join(", ")} FROM (@)`,
  ];
  return layers.reduce((inner, layer) => layer.replace("@", () => inner));
}
